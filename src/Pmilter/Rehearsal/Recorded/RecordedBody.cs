using System.Globalization;

namespace Pmilter.Rehearsal.Recorded;

/// <summary>A body as long as the recorded one was. What stood in it is not in the log.</summary>
internal static class RecordedBody
{
    /// <summary>Longer ones are taken as this long.</summary>
    private const int MostBytes = 64 * 1024 * 1024;

    private static byte[] _blank = new byte[64 * 1024];

    public static ReadOnlyMemory<byte> Of(IReadOnlyDictionary<string, string> values)
    {
        // size counts headers too; where only that is known it is near enough for limits.
        var text = values.GetValueOrDefault("body_size") ?? values.GetValueOrDefault("size");
        var bytes = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var length = (int)Math.Clamp(bytes, 0, MostBytes);
        if (length > _blank.Length)
        {
            _blank = new byte[length];
        }

        return _blank.AsMemory(0, length);
    }
}
