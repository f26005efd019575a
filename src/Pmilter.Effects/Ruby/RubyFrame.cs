using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Pmilter.Policies.Scripts;
using Pmilter.Protocol.Wire;

namespace Pmilter.Effects.Ruby;

/// <summary>What a worker sent makes no sense: it is killed.</summary>
internal sealed class RubyProtocolException(string message) : IOException(message);

/// <summary>Frames between server and worker: a length, then a list of values, each with a letter before it. The same in worker.rb.</summary>
internal static class RubyFrame
{
    public const int MaxBytes = 16 * 1024 * 1024;
    private const int MaxDepth = 8;
    private const int MostExpected = 16;

    /// <summary>What a call answers that printed nothing and asked for nothing, by its status.</summary>
    private static readonly IReadOnlyList<ScriptValue>[] Done = [.. Enumerable.Range(0, 256).Select(status =>
        (IReadOnlyList<ScriptValue>)[ScriptValue.Of("done"), ScriptValue.Of(status), ScriptValue.Of(string.Empty), ScriptValue.Of([])])];

    /// <summary>With the length before it.</summary>
    public static byte[] Write(params ReadOnlySpan<ScriptValue> values)
    {
        var frame = new MemoryStream();
        frame.Write(stackalloc byte[4]);
        WriteNumber(frame, values.Length);
        foreach (var value in values)
        {
            Write(frame, value);
        }

        var bytes = frame.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length - 4);
        return bytes;
    }

    /// <exception cref="RubyProtocolException">It makes no sense.</exception>
    public static IReadOnlyList<ScriptValue> Read(ReadOnlySpan<byte> payload)
    {
        if (payload is [(byte)'D', var status])
        {
            return Done[status];
        }

        var rest = payload;
        var values = ReadList(ref rest, 0);
        return rest.IsEmpty ? values : throw new RubyProtocolException($"{rest.Length} bytes are left behind the values of a frame");
    }

    private static void Write(MemoryStream frame, ScriptValue value)
    {
        switch (value)
        {
            case { Text: { } text }:
                WriteBytes(frame, 's', MailText.Encode(text));
                break;
            case { Number: { } number }:
                WriteBytes(frame, 'd', Encoding.ASCII.GetBytes(number.ToString("R", CultureInfo.InvariantCulture)));
                break;
            case { Truth: { } truth }:
                frame.WriteByte((byte)(truth ? 't' : 'f'));
                break;
            case { Bytes: { } bytes }:
                WriteBytes(frame, 'b', bytes.Span);
                break;
            case { List: { } list }:
                frame.WriteByte((byte)'l');
                WriteNumber(frame, list.Count);
                foreach (var item in list)
                {
                    Write(frame, item);
                }

                break;
            default:
                frame.WriteByte((byte)'n');
                break;
        }
    }

    private static void WriteBytes(MemoryStream frame, char tag, ReadOnlySpan<byte> bytes)
    {
        frame.WriteByte((byte)tag);
        WriteNumber(frame, bytes.Length);
        frame.Write(bytes);
    }

    private static void WriteNumber(MemoryStream frame, int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        frame.Write(bytes);
    }

    private static List<ScriptValue> ReadList(ref ReadOnlySpan<byte> rest, int depth)
    {
        var count = ReadNumber(ref rest);
        if (count > rest.Length || depth > MaxDepth)
        {
            throw new RubyProtocolException($"a list of {count} values in {rest.Length} bytes");
        }

        // Not as many as it says there are: lists within lists, each said to be as long as the frame, would take gigabytes.
        var values = new List<ScriptValue>(Math.Min(count, MostExpected));
        for (var i = 0; i < count; i++)
        {
            values.Add(ReadValue(ref rest, depth));
        }

        return values;
    }

    private static ScriptValue ReadValue(ref ReadOnlySpan<byte> rest, int depth)
    {
        var tag = (char)Take(ref rest, 1)[0];
        switch (tag)
        {
            case 'n':
                return ScriptValue.Nil;
            case 't' or 'f':
                return ScriptValue.Of(tag == 't');
            case 's':
                return ScriptValue.Of(MailText.Decode(Take(ref rest, ReadNumber(ref rest))));
            case 'd':
                var text = Encoding.ASCII.GetString(Take(ref rest, ReadNumber(ref rest)));
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? ScriptValue.Of(number) : throw new RubyProtocolException($"'{text}' is no number");
            case 'l':
                return ScriptValue.Of(ReadList(ref rest, depth + 1));
            default:
                throw new RubyProtocolException($"no value begins with byte {(int)tag}");
        }
    }

    private static int ReadNumber(ref ReadOnlySpan<byte> rest)
    {
        var number = BinaryPrimitives.ReadInt32BigEndian(Take(ref rest, 4));
        return number >= 0 ? number : throw new RubyProtocolException("a length below zero");
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int count)
    {
        if (count > rest.Length)
        {
            throw new RubyProtocolException($"{count} bytes announced, {rest.Length} there");
        }

        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
