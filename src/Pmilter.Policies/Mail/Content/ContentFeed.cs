using System.Buffers;
using System.Text;

namespace Pmilter.Policies.Mail.Content;

/// <summary>
/// One message on its way through the MIME parser, in the pieces in which the MTA shows it. Memory does not grow with the message: kept
/// are the parts' facts and the beginning of their texts.
/// </summary>
#pragma warning disable CA1001 // The stream holds nothing that would have to be given back.
internal sealed class ContentFeed
#pragma warning restore CA1001
{
    private readonly ContentBudget _budget;
    private readonly ChunkStream _stream = new();
    private readonly PartReader _reader;
    private readonly ArrayBufferWriter<byte>? _head;
    private Task? _reading;

    public ContentFeed(ContentNeeds needs, ContentLimits limits)
        : this(new ContentBudget(needs, limits), 0)
    {
        _head = new ArrayBufferWriter<byte>();
        _head.Write("MIME-Version: 1.0\r\n"u8);
    }

    /// <summary>Of a whole message, header and all, within another.</summary>
    public ContentFeed(ContentBudget budget, int depth)
    {
        _budget = budget;
        _reader = new PartReader(_stream, budget, depth);
    }

    /// <summary>A field as sent; those that say nothing of the content are not needed.</summary>
    public void Header(string name, ReadOnlySpan<byte> value)
    {
        if (_head is null || _reading is not null
            || !(name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) || name.Equals("Content-Disposition", StringComparison.OrdinalIgnoreCase)
                || name.Equals("Content-Transfer-Encoding", StringComparison.OrdinalIgnoreCase)))
        {
            return;
        }

        if (_head.WrittenCount + value.Length > _budget.Limits.HeaderBytes)
        {
            _reader.Stop(ContentBound.Headers);
            return;
        }

        _head.Write(Encoding.ASCII.GetBytes(name));
        _head.Write(": "u8);
        for (var end = value.IndexOf((byte)'\n'); end >= 0; end = value.IndexOf((byte)'\n'))
        {
            // A fold comes as LF; what does not go on with white space behind one would begin a field, or end them.
            _head.Write(value[..end].TrimEnd((byte)'\r'));
            _head.Write("\r\n"u8);
            value = value[(end + 1)..];
            if (value.IsEmpty || value[0] is not ((byte)' ' or (byte)'\t'))
            {
                _head.Write(" "u8);
            }
        }

        _head.Write(value);
        _head.Write("\r\n"u8);
    }

    public void Body(ReadOnlyMemory<byte> chunk)
    {
        Begin();
        Run(static (stream, bytes) => stream.Give(bytes), chunk);
    }

    /// <summary>The end of the message.</summary>
    public MessageContent Complete()
    {
        Begin();
        Run(static (stream, _) => stream.End(), default);
        _reader.Finish();
        return _budget.Content;
    }

    private void Begin()
    {
        if (_reading is not null)
        {
            return;
        }

        _reading = _reader.ReadMessageAsync();
        if (_head is { } head)
        {
            head.Write("\r\n"u8);
            Run(static (stream, bytes) => stream.Give(bytes), head.WrittenMemory);
        }
    }

    /// <summary>The parser goes on within this call: without a context, nothing takes its continuations elsewhere.</summary>
    private void Run(Action<ChunkStream, ReadOnlyMemory<byte>> give, ReadOnlyMemory<byte> bytes)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            give(_stream, bytes);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }

        if (_reading is { IsCompleted: true } over && !_stream.IsEnded)
        {
            // It gave up before the end, so nobody knows what else there is.
            _ = over.Exception;
            _reader.Stop(ContentBound.Malformed);
        }
        else if (_reading is { IsFaulted: true } failed)
        {
            _ = failed.Exception;
            _reader.Stop(ContentBound.Malformed);
        }
    }
}
