using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Pmilter.Effects.Redis;

namespace Pmilter.Safety;

/// <summary>
/// The interventions of all servers that share one Redis. Each has a copy of all; they meet in a register there, once a second and at each
/// command. While Redis does not answer each goes on with its copy.
/// </summary>
internal sealed partial class SharedInterventions(SharedRegister register, string server, TimeProvider time, ILogger<SharedInterventions> logger)
{
    /// <summary>Shorter gaps are nobody's business.</summary>
    private static readonly TimeSpan ToldAfter = TimeSpan.FromSeconds(10);

    /// <summary>Of what is over; more than clocks differ.</summary>
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromHours(1);

    private const string IdLetters = "0123456789bcdfghjkmnpqrstvwxz";
    private const int IdLength = 4;
    private const int LongestId = 20;
    private const int LongestName = 500;

    /// <summary>A later change must be able to be higher.</summary>
    private const long HighestVersion = long.MaxValue / 2;

    private readonly Lock _gate = new();
    private Dictionary<RegisterEntry, SharedIntervention?> _read = [];
    private DateTimeOffset? _apartSince;
    private bool _isApartTold;

    /// <summary>This one's name, as the others show it.</summary>
    public string Server => server;

    /// <summary>Why what is changed here reaches nobody else for now; empty where it does.</summary>
    public string Problem { get; private set; } = string.Empty;

    /// <summary>An id that no other server gives, be it apart or not.</summary>
    public static string NewBlockId(IReadOnlyList<Block> known)
    {
        while (true)
        {
            var id = $"b{RandomNumberGenerator.GetString(IdLetters, IdLength)}";
            if (!known.Any(block => block.Id == id))
            {
                return id;
            }
        }
    }

    /// <summary>Reads what the others have changed, and writes what they have not heard.</summary>
    /// <param name="merge">Takes theirs, and says what they have not heard.</param>
    /// <returns>False where Redis does not answer.</returns>
    public async Task<bool> ExchangeAsync(Func<IReadOnlyList<SharedIntervention>, IReadOnlyList<SharedIntervention>> merge)
    {
        var isHeard = await register.ReadAsync().ConfigureAwait(false) is { } entries && await AnswerAsync(entries, merge).ConfigureAwait(false);
        Note(isHeard);
        return isHeard;
    }

    private async Task<bool> AnswerAsync(IReadOnlyList<RegisterEntry> entries, Func<IReadOnlyList<SharedIntervention>, IReadOnlyList<SharedIntervention>> merge)
    {
        var now = time.GetUtcNow();
        var theirs = Read(entries, now);
        RegisterEntry[] news =
        [
            .. merge([.. theirs.Values.OfType<SharedIntervention>()]).Select(one => new RegisterEntry(one.Key, one.Version, JsonSerializer.Serialize(one, InterventionJson.Default.SharedIntervention))),
            .. theirs.Where(pair => pair.Value is { } one && one.Keep <= now - ForgottenAfter).Select(pair => pair.Key with { Text = string.Empty }),
        ];
        return news.Length == 0 || await register.WriteAsync(news).ConfigureAwait(false);
    }

    /// <summary>Each is looked at once; null for one that cannot be taken over, which is said.</summary>
    private Dictionary<RegisterEntry, SharedIntervention?> Read(IReadOnlyList<RegisterEntry> entries, DateTimeOffset now)
    {
        lock (_gate)
        {
            var before = _read;
            return _read = entries.ToDictionary(entry => entry, entry => before.TryGetValue(entry, out var known) ? known : Read(entry, now));
        }
    }

    private SharedIntervention? Read(RegisterEntry entry, DateTimeOffset now)
    {
        var one = Parse(entry);
        var mistake = one is null ? "it cannot be read; do all servers have the same version?" : MistakeIn(one, now);
        if (mistake is null)
        {
            return one;
        }

        Log.NotTaken(logger, Policies.Text.DisplayText.Clean(entry.Name), mistake);
        return null;
    }

    private static SharedIntervention? Parse(RegisterEntry entry)
    {
        try
        {
            return JsonSerializer.Deserialize(entry.Text, InterventionJson.Default.SharedIntervention) is { Key: { } key, By: not null } one
                && key == entry.Name && one.Version == entry.Version ? one : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What a hand has put into Redis must not become a policy that was never checked.</summary>
    private static string? MistakeIn(SharedIntervention one, DateTimeOffset now)
    {
        string?[] keys = [one.Lowered is { } lowered ? SharedIntervention.KeyOf(lowered) : null, one.Blown is { } blown ? SharedIntervention.KeyOf(blown) : null, one.Block is { } block ? SharedIntervention.KeyOf(block) : null];
        string?[] texts = [one.Lowered?.By, one.Lowered?.Reason, one.Blown?.Server, one.Block?.By, one.Block?.Reason];
        return keys.Any(key => key is not null && key != one.Key) ? "it is not what its name says"
            : one.Version is < 0 or > HighestVersion ? "its version is none"
            : one.Name.Length is 0 or > LongestName || one.Name.Any(char.IsControl) ? "its name is none"
            : texts.Count(text => text is not null) != (one.Lowered is null ? 0 : 2) + (one.Blown is null ? 0 : 1) + (one.Block is null ? 0 : 2) ? "a part of it is missing"
            : one.At(now).Block is not { } running ? null
            : running.Id.Length > LongestId || running.Id.Any(letter => !char.IsAsciiLetterOrDigit(letter)) ? "its id is none"
            : running.Conditions is not { Count: > 0 } || running.Conditions.Any(condition => condition is null) ? "it has no condition"
            : BlockPolicy.Mistake(running, now);
    }

    private void Note(bool isHeard)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            Note(isHeard, now);
        }
    }

    private void Note(bool isHeard, DateTimeOffset now)
    {
        _apartSince = isHeard ? null : _apartSince ?? now;
        var isApart = now - _apartSince >= ToldAfter;
        if (isApart && !_isApartTold)
        {
            Log.Apart(logger);
        }
        else if (isHeard && _isApartTold)
        {
            Log.Together(logger);
        }

        _isApartTold = isApart;
        Problem = isApart ? "Redis does not answer: modes and blocks are this server's own until it does" : string.Empty;
    }

    private static partial class Log
    {
        [LoggerMessage(765, LogLevel.Warning, "Redis does not answer: modes and blocks that are changed by hand stay on the server where they are changed until it does")]
        public static partial void Apart(ILogger logger);

        [LoggerMessage(766, LogLevel.Information, "Redis answers again: modes and blocks are the same on all servers that share it")]
        public static partial void Together(ILogger logger);

        [LoggerMessage(767, LogLevel.Error, "{Key} of another server cannot be taken over: {Reason}")]
        public static partial void NotTaken(ILogger logger, string key, string reason);
    }
}
