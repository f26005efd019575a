using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pmilter.TakeOver;

/// <summary>Messages over a connection between two processes: a length (4 bytes, little-endian) and JSON.</summary>
internal static class TakeOverLine
{
    private const int MostBytes = 1024 * 1024;

    public static async Task WriteAsync<T>(Stream to, T message, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(message, type);
        var frame = new byte[sizeof(int) + json.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, json.Length);
        json.CopyTo(frame, sizeof(int));
        await to.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="IOException">The other process has ended, or said something else.</exception>
    public static async Task<T> ReadAsync<T>(Stream from, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            var length = new byte[sizeof(int)];
            await from.ReadExactlyAsync(length, cancellationToken).ConfigureAwait(false);
            var bytes = BinaryPrimitives.ReadInt32LittleEndian(length);
            if (bytes is < 0 or > MostBytes)
            {
                throw new IOException("What the other process said is no message.");
            }

            var json = new byte[bytes];
            await from.ReadExactlyAsync(json, cancellationToken).ConfigureAwait(false);
            return JsonSerializer.Deserialize(json, type) ?? throw new IOException("What the other process said is empty.");
        }
        catch (EndOfStreamException error)
        {
            throw new IOException("the other process has ended or closed the connection", error);
        }
        catch (JsonException error)
        {
            throw new IOException($"what the other process said cannot be read: {error.Message}", error);
        }
    }
}
