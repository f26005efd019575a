using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Pmilter.Policies.Lists;

namespace Pmilter.Server.Lists;

/// <summary>
/// When a policy last found a member of each list, and by which entries; <c>list-uses.json</c> and <c>list-entries.txt</c> in the state folder
/// keep it over restarts.
/// </summary>
internal sealed partial class ListUses(PolicyHost policies, string stateFolder, TimeProvider time, ILogger<ListUses> logger)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <summary>Entries are up to megabytes: not each minute in which another one is found by.</summary>
    private static readonly TimeSpan EntriesEvery = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly string _path = Path.Combine(stateFolder, "list-uses.json");
    private Dictionary<string, ListUse> _uses = new(StringComparer.Ordinal);
    private readonly string _entriesPath = Path.Combine(stateFolder, "list-entries.txt");
    private readonly EntryUses _entries = new();
    private DateTimeOffset _entriesSaved = DateTimeOffset.MinValue;
    private bool _haveEntriesChanged;
    private bool _hasChanged;
    private bool _isFailing;
    private volatile bool _isReleased;

    /// <summary>Until <paramref name="stop"/>; the last look is then taken.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        Load();
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            do
            {
                Look();
                Save(isLast: false);
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            Look();
            Save(isLast: true);
        }
    }

    /// <summary>Entries that were not of use since then; null for a list that is watched as a whole.</summary>
    public UnusedEntries? Unused(NamedList list, DateTimeOffset before)
    {
        lock (_gate)
        {
            return _entries.Unused(list, before);
        }
    }

    /// <summary>Lists of the policies in force, by name.</summary>
    public IReadOnlyList<(string Name, ListUse Use)> Read()
    {
        lock (_gate)
        {
            Look();
            return [.. policies.Current.NamedLists.Where(list => _uses.ContainsKey(list.Name)).Select(list => (list.Name, _uses[list.Name])).OrderBy(list => list.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>The last look now: another process has the file from now on, until <see cref="Resume"/>.</summary>
    public void Release()
    {
        Look();
        Save(isLast: true);
        _isReleased = true;
    }

    public void Resume() => _isReleased = false;

    private void Look()
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            foreach (var list in policies.Current.NamedLists)
            {
                var isHit = list.List.TakeHit();
                if (!_uses.TryGetValue(list.Name, out var use))
                {
                    use = new ListUse(now, null);
                    _hasChanged = true;
                }

                // To the day is enough to tell what is not used, and costs one write a day.
                _hasChanged |= isHit && use.LastHit?.UtcDateTime.Date != now.UtcDateTime.Date;
                _uses[list.Name] = isHit ? use with { LastHit = now } : use;
            }

            _haveEntriesChanged |= _entries.Look(policies.Current.NamedLists, now);
        }
    }

    private void Load()
    {
        Load(_path, () => _uses = JsonSerializer.Deserialize(File.ReadAllText(_path), ListUseJson.Default.DictionaryStringListUse) ?? _uses);
        Load(_entriesPath, () => _entries.Read(File.ReadLines(_entriesPath), policies.Current.NamedLists));
    }

    private void Load(string path, Action read)
    {
        try
        {
            if (stateFolder.Length > 0 && File.Exists(path))
            {
                lock (_gate)
                {
                    read();
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or FormatException or OverflowException)
        {
            Log.NotRead(logger, path, error.Message);
        }
    }

    private void Save(bool isLast)
    {
        var areEntriesDue = _haveEntriesChanged && (isLast || time.GetUtcNow() - _entriesSaved >= EntriesEvery);
        if (stateFolder.Length == 0 || _isReleased || !(_hasChanged || areEntriesDue))
        {
            return;
        }

        try
        {
            PrivateFolder.Create(stateFolder);
            Replace(_path, Text());
            if (areEntriesDue)
            {
                Replace(_entriesPath, EntriesText());
                _entriesSaved = time.GetUtcNow();
            }

            _isFailing = false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (!_isFailing)
            {
                Log.NotWritten(logger, _path, error.Message);
            }

            (_isFailing, _hasChanged, _haveEntriesChanged) = (true, true, true);
        }
    }

    private static void Replace(string path, string text)
    {
        File.WriteAllText($"{path}.new", text);
        File.Move($"{path}.new", path, overwrite: true);
    }

    private string EntriesText()
    {
        lock (_gate)
        {
            _haveEntriesChanged = false;
            using var text = new StringWriter();
            _entries.Write(text);
            return text.ToString();
        }
    }

    private string Text()
    {
        lock (_gate)
        {
            _hasChanged = false;
            return JsonSerializer.Serialize(_uses, ListUseJson.Default.DictionaryStringListUse);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(762, LogLevel.Warning, "{Path} cannot be read; when lists were last used is noted anew: {Reason}")]
        public static partial void NotRead(ILogger logger, string path, string reason);

        [LoggerMessage(763, LogLevel.Warning, "{Path} cannot be written; when lists were last used is not kept over a restart: {Reason}")]
        public static partial void NotWritten(ILogger logger, string path, string reason);
    }
}

/// <param name="Since">When it was first seen.</param>
/// <param name="LastHit">Null: never since.</param>
internal sealed record ListUse(DateTimeOffset Since, DateTimeOffset? LastHit);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(Dictionary<string, ListUse>))]
internal sealed partial class ListUseJson : JsonSerializerContext;
