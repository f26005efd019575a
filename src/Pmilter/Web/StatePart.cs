using System.Globalization;
using System.Text.Json;
using Pmilter.Admin;

namespace Pmilter.Web;

/// <summary>Bans and holds that run, and keys that are near a limit. A store is asked: its answer is good for some seconds for all who look.</summary>
internal sealed class StatePart(AdminDesk desk, TimeProvider time) : IDisposable
{
    private const int KeysOfLimit = 5;
    private const int MostLines = 500;

    /// <summary>Half of a limit is worth a look.</summary>
    private const double LeastShare = 0.5;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private Reading? _last;

    public async Task<Action<Utf8JsonWriter>> ReadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_last is not { } last || time.GetUtcNow() - last.At >= Fresh)
            {
                _last = new Reading(time.GetUtcNow(), await desk.BansAsync(cancellationToken).ConfigureAwait(false), await NearAsync(cancellationToken).ConfigureAwait(false));
            }

            return _last.Write;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <param name="verb"><c>bans/lift</c> or <c>holds/lift</c>.</param>
    /// <exception cref="AdminException">There is no such ban or hold.</exception>
    public async Task<DoneAnswer> ReleaseAsync(string verb, string name, IReadOnlyList<string> key, CancellationToken cancellationToken)
    {
        var done = await (verb == "bans/lift" ? desk.LiftAsync(name, key, cancellationToken) : desk.LiftHoldAsync(name, key, cancellationToken)).ConfigureAwait(false);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        _last = null;
        _gate.Release();
        return done;
    }

    public void Dispose() => _gate.Dispose();

    private async Task<IReadOnlyList<NearKey>> NearAsync(CancellationToken cancellationToken)
    {
        var all = new List<NearKey>();
        var counters = await desk.CountersAsync(cancellationToken).ConfigureAwait(false);
        foreach (var counter in counters.Counters.Where(counter => counter.Limits.Count > 0))
        {
            var top = await desk.TopAsync(counter.Name, KeysOfLimit, cancellationToken).ConfigureAwait(false);
            foreach (var limit in counter.Limits)
            {
                var max = MaxOf(limit);
                all.AddRange(top.Keys.Where(key => max > 0 && key.Count >= max * LeastShare).Select(key => new NearKey(counter.Name, limit, key.Key, key.Count, max)));
            }
        }

        return [.. all.OrderByDescending(key => key.Count / key.Max).Take(MostLines)];
    }

    /// <summary>Of <c>rule: counter > 20 in 10s</c>; 0 where the limit is not a plain number.</summary>
    private static double MaxOf(string limit)
    {
        var words = limit.Split(' ');
        var sign = Array.IndexOf(words, ">");
        return sign >= 0 && sign + 1 < words.Length && double.TryParse(words[sign + 1].TrimEnd(','), NumberStyles.Float, CultureInfo.InvariantCulture, out var max) ? max : 0;
    }

    private sealed record NearKey(string Counter, string Limit, IReadOnlyList<string> Key, double Count, double Max);

    private sealed record Reading(DateTimeOffset At, BansAnswer Running, IReadOnlyList<NearKey> Near)
    {
        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            Write(json, "bans", Running.Bans);
            Write(json, "holds", Running.Holds);
            json.WriteStartArray("near");
            foreach (var near in Near)
            {
                json.WriteStartObject();
                json.WriteString("counter", near.Counter);
                json.WriteString("limit", near.Limit);
                WriteKey(json, near.Key);
                json.WriteNumber("count", near.Count);
                json.WriteNumber("max", near.Max);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<DeadlineLine> lines)
        {
            json.WriteNumber($"{name}_running", lines.Count);
            json.WriteStartArray(name);
            foreach (var line in lines.Take(MostLines))
            {
                json.WriteStartObject();
                json.WriteString("name", line.Name);
                WriteKey(json, line.Key);
                if (line.Until is { } until)
                {
                    json.WriteString("until", until.UtcDateTime);
                }

                json.WriteNumber("repeats", line.Repeats);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        private static void WriteKey(Utf8JsonWriter json, IReadOnlyList<string> key)
        {
            json.WriteStartArray("key");
            foreach (var part in key)
            {
                json.WriteStringValue(part);
            }

            json.WriteEndArray();
        }
    }
}
