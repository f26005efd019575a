namespace Pmilter.Web.Feed;

/// <summary>The last lines of the decision log, whether it is kept or not; as hashed as they are there.</summary>
internal sealed class RecentDecisions
{
    public const int Capacity = 500;

    /// <summary>500 of them are 8 MB; a longer one is kept without its values.</summary>
    private const int MostBytes = 16 * 1024;

    private readonly Lock _gate = new();
    private readonly byte[][] _lines = new byte[Capacity][];
    private long _newest;

    /// <summary>The number of the newest; 0 before there is one.</summary>
    public long Newest => Volatile.Read(ref _newest);

    public void Add(ReadOnlySpan<byte> line)
    {
        var kept = line.Length <= MostBytes ? line.ToArray() : ShortenedLine.Of(line.ToArray());
        lock (_gate)
        {
            _lines[++_newest % Capacity] = kept;
        }
    }

    /// <summary>Those that are still here, oldest first.</summary>
    /// <param name="number">Only later ones.</param>
    public IReadOnlyList<(long Number, byte[] Line)> After(long number)
    {
        lock (_gate)
        {
            var first = Math.Max(Math.Max(number, 0) + 1, _newest - Capacity + 1);
            var found = new List<(long, byte[])>();
            for (var each = Math.Max(first, 1); each <= _newest; each++)
            {
                found.Add((each, _lines[each % Capacity]));
            }

            return found;
        }
    }

    /// <summary>Null when it is not here any more.</summary>
    public byte[]? Find(long number)
    {
        lock (_gate)
        {
            return number > 0 && number <= _newest && number > _newest - Capacity ? _lines[number % Capacity] : null;
        }
    }
}
