using System.Buffers;

namespace Pmilter.Policies.Mail.Bodies;

/// <summary>The body of the message as it comes, where a rule may rewrite it.</summary>
internal sealed class KeptBody
{
    private ArrayBufferWriter<byte>? _bytes;
    private bool _isTooLarge;

    /// <summary>Null when it is larger than the limit: a part of a body is of no use.</summary>
    public ReadOnlyMemory<byte>? Bytes => _isTooLarge ? default(ReadOnlyMemory<byte>?) : _bytes?.WrittenMemory ?? ReadOnlyMemory<byte>.Empty;

    public void Add(ReadOnlySpan<byte> chunk, long limitBytes)
    {
        if (_isTooLarge)
        {
            return;
        }

        if ((_bytes?.WrittenCount ?? 0) + (long)chunk.Length > limitBytes)
        {
            _isTooLarge = true;
            _bytes = null;
            return;
        }

        _bytes ??= new ArrayBufferWriter<byte>(Math.Max(chunk.Length, 4096));
        _bytes.Write(chunk);
    }
}
