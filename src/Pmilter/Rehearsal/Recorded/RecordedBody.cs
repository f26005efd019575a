using System.Text.Json;

namespace Pmilter.Rehearsal.Recorded;

/// <summary>A body as long as the recorded one was. What stood in it is not in the log.</summary>
internal static class RecordedBody
{
    /// <summary>Longer ones are taken as this long.</summary>
    private const int MostBytes = 64 * 1024 * 1024;

    private static byte[] _blank = new byte[64 * 1024];

    public static ReadOnlyMemory<byte> Of(JsonElement values)
    {
        // size counts headers too; where only that is known it is near enough for limits.
        var bytes = values.TryGetProperty("body_size", out var body) ? body.GetDouble() : values.TryGetProperty("size", out var size) ? size.GetDouble() : 0;
        var length = (int)Math.Clamp(bytes, 0, MostBytes);
        if (length > _blank.Length)
        {
            _blank = new byte[length];
        }

        return _blank.AsMemory(0, length);
    }
}
