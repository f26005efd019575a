using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;

namespace Pmilter.Server.Lists;

/// <summary>When a policy last found a member of each list; <c>list-uses.json</c> in the state folder keeps it over restarts.</summary>
internal sealed partial class ListUses(PolicyHost policies, string stateFolder, TimeProvider time, ILogger<ListUses> logger)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly string _path = Path.Combine(stateFolder, "list-uses.json");
    private Dictionary<string, ListUse> _uses = new(StringComparer.Ordinal);
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
                Save();
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            Look();
            Save();
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
        Save();
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
        }
    }

    private void Load()
    {
        try
        {
            if (stateFolder.Length > 0 && File.Exists(_path))
            {
                _uses = JsonSerializer.Deserialize(File.ReadAllText(_path), ListUseJson.Default.DictionaryStringListUse) ?? _uses;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            Log.NotRead(logger, _path, error.Message);
        }
    }

    private void Save()
    {
        if (stateFolder.Length == 0 || !_hasChanged || _isReleased)
        {
            return;
        }

        try
        {
            PrivateFolder.Create(stateFolder);
            File.WriteAllText($"{_path}.new", Text());
            File.Move($"{_path}.new", _path, overwrite: true);
            _isFailing = false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (!_isFailing)
            {
                Log.NotWritten(logger, _path, error.Message);
            }

            (_isFailing, _hasChanged) = (true, true);
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
