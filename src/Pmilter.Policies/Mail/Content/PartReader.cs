using MimeKit;

namespace Pmilter.Policies.Mail.Content;

/// <summary>Turns the MIME parser's events into parts, within limits: beyond one the rest of the message is not read.</summary>
internal sealed class PartReader : MimeReader
{
    /// <summary>RFC 2046 allows 70; the parser looks for a line in a buffer that is not much longer.</summary>
    private const int LongestBoundary = 900;

    private readonly ChunkStream _stream;
    private readonly ContentBudget _budget;
    private readonly int _outerDepth;
    private readonly byte[] _decoded = new byte[PartBody.DecodedBytes];
    private readonly Stack<bool> _opened = new();
    private int _innerDepth;
    private PartHead _head = new();
    private PartBody? _body;
    private long _contentBytes;
    private int _extraBytes;
    private bool _isStopped;

    /// <param name="depth">How much is around this message.</param>
    public PartReader(ChunkStream stream, ContentBudget budget, int depth)
        : base(new ParserOptions { MaxMimeDepth = Math.Max(0, budget.Limits.Depth - depth) }, stream, MimeFormat.Entity)
    {
        _stream = stream;
        _stream.Exceeded = () => Stop(ContentBound.Headers);
        _budget = budget;
        _outerDepth = depth;
    }

    private int Depth => _outerDepth + _innerDepth;

    /// <summary>The parser finds the end.</summary>
    public void Stop(ContentBound bound)
    {
        _isStopped = true;
        _budget.Leave(bound);
        _stream.End();
    }

    /// <summary>Takes what a part that was cut off has.</summary>
    public void Finish()
    {
        _body?.End(_extraBytes);
        _body = null;
        _contentBytes = 0;
        _extraBytes = 0;
    }

    protected override void OnHeadersBegin(long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        _head = new PartHead();
        _stream.MostRead = beginOffset + _budget.HeaderBytes;
    }

    protected override void OnHeaderRead(Header header, int beginLineNumber, CancellationToken cancellationToken) => _head.Read(Options, header);

    protected override void OnHeadersEnd(long beginOffset, int beginLineNumber, long endOffset, int endLineNumber, CancellationToken cancellationToken)
    {
        _stream.MostRead = long.MaxValue;
        if (!_budget.TakeHeaders(endOffset - beginOffset))
        {
            Stop(ContentBound.Headers);
        }
    }

    protected override void OnMultipartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        _innerDepth++;
        _opened.Push(false);
        if (contentType.Boundary is { Length: > LongestBoundary })
        {
            Stop(ContentBound.Malformed);
        }
    }

    protected override void OnMultipartEnd(
        ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken)
    {
        _innerDepth--;
        if (_opened.TryPop(out var hasParts) && !hasParts)
        {
            // Its boundary is missing, or is not the one that it names: what a mail program makes of it nobody knows.
            _budget.Leave(ContentBound.Malformed);
        }
    }

    protected override void OnMultipartBoundaryBegin(long beginOffset, int lineNumber, CancellationToken cancellationToken)
    {
        _head = new PartHead();
        if (_opened.TryPop(out _))
        {
            _opened.Push(true);
        }

        if (!_budget.TakeBoundary())
        {
            Stop(ContentBound.Parts);
        }
    }

    protected override void OnMessagePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        AddPart(contentType);
        _innerDepth++;
    }

    protected override void OnMessagePartEnd(
        ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken) => _innerDepth--;

    protected override void OnMimePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        var encoding = _head.Encoding;
        if (AddPart(contentType) is not { } part)
        {
            return;
        }

        var isMore = part.Type.StartsWith("multipart/", StringComparison.Ordinal) || part.Type is "message/rfc822" or "message/global";
        if (isMore && Depth >= _budget.Limits.Depth)
        {
            _budget.Leave(ContentBound.Depth);
            isMore = false;
        }

        // The parser does not look into an encoded message; mail programs do.
        var inner = isMore && part.Type.StartsWith("message/", StringComparison.Ordinal) ? new ContentFeed(_budget, Depth + 1) : null;
        _body = new PartBody(part, encoding, _budget, _decoded, inner);
    }

    protected override void OnMimePartContentRead(byte[] buffer, int startIndex, int count, CancellationToken cancellationToken)
    {
        if (!_isStopped)
        {
            _body?.Read(buffer, startIndex, count);
            _contentBytes += count;
        }
    }

    protected override void OnMimePartContentEnd(
        long beginOffset, int beginLineNumber, long endOffset, int lines, NewLineFormat? newLineFormat, CancellationToken cancellationToken) =>
        _extraBytes = (int)Math.Clamp(_contentBytes - (endOffset - beginOffset), 0, 2);

    protected override void OnMimePartEnd(
        ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken) => Finish();

    /// <summary>Null once a limit is passed.</summary>
    private ContentPart? AddPart(ContentType type)
    {
        if (_isStopped)
        {
            return null;
        }

        var part = new ContentPart
        {
            Type = type.MimeType.ToLowerInvariant(),
            Disposition = _head.Disposition,
            Charset = _head.Charset,
            Depth = Depth,
        };
        foreach (var name in _head.Names)
        {
            part.AddName(name);
        }

        _budget.Content.Add(part);
        return part;
    }
}
