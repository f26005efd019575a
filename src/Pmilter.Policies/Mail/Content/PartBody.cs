using System.Text;
using MimeKit;
using MimeKit.Encodings;
using Pmilter.Policies.Mail.Headers;

namespace Pmilter.Policies.Mail.Content;

/// <summary>The content of one part while it goes by: decoded, measured; texts are kept, archives listed, messages within read.</summary>
internal sealed class PartBody
{
    /// <summary>No decoder makes more than so many bytes of <see cref="InputBytes"/>.</summary>
    public const int DecodedBytes = 2 * InputBytes;

    private const int InputBytes = 8192;

    private readonly ContentBudget _budget;
    private readonly ContentPart _part;
    private readonly IMimeDecoder _decoder;
    private readonly ContentFeed? _inner;
    private readonly StringBuilder? _text;
    private readonly Decoder? _charset;
    private readonly byte[] _decoded;
    private readonly byte[] _start = new byte[4];
    private readonly bool _isPlain;
    private ArchiveNames? _archive;
    private int _begun;
    private bool _isCut;

    /// <param name="decoded">Room to work in, shared by the parts of one message.</param>
    /// <param name="inner">Reads a message within that the parser does not see, since it is encoded; null for none.</param>
    public PartBody(ContentPart part, ContentEncoding encoding, ContentBudget budget, byte[] decoded, ContentFeed? inner)
    {
        _part = part;
        _budget = budget;
        _inner = inner;
        _decoder = encoding switch
        {
            ContentEncoding.Base64 => new Base64Decoder(),
            ContentEncoding.QuotedPrintable => new QuotedPrintableDecoder(),
            ContentEncoding.UUEncode => new UUDecoder(),
            _ => DefaultDecoder,
        };
        _decoded = decoded;
        _isPlain = ReferenceEquals(_decoder, DefaultDecoder);
        _archive = part.Type.Contains("zip", StringComparison.Ordinal) || part.HasExtension("zip") ? new ArchiveNames(Found) : null;
        if (budget.KeepsText && part.IsText)
        {
            _charset = (part.Charset.Length > 0 ? Charsets.Find(part.Charset) : null)?.GetDecoder() ?? Encoding.UTF8.GetDecoder();
            _text = new StringBuilder();
        }
    }

    /// <summary>Keeps nothing, so that one serves all.</summary>
    private static PassThroughDecoder DefaultDecoder { get; } = new(ContentEncoding.Default);

    public void Read(byte[] buffer, int start, int count)
    {
        for (; count > 0; start += InputBytes, count -= InputBytes)
        {
            Decode(buffer, start, Math.Min(count, InputBytes));
        }
    }

    /// <param name="extraBytes">So many at the end were the line end before a boundary, which is not the part's.</param>
    public void End(int extraBytes)
    {
        if (_isPlain && extraBytes > 0)
        {
            _part.Size = Math.Max(0, _part.Size - extraBytes);
            if (_text is not null && !_isCut)
            {
                var extra = Math.Min(_text.Length, extraBytes);
                _text.Length -= extra;
                _budget.TextBytes += extra;
            }
        }

        if (_text is not null)
        {
            _part.Text = _text.Replace("\r\n", "\n").ToString();
        }

        _inner?.Complete();
    }

    private void Decode(byte[] buffer, int start, int count)
    {
        var fresh = _decoded.AsMemory(0, _decoder.Decode(buffer, start, count, _decoded));
        if (fresh.IsEmpty)
        {
            return;
        }

        _part.Size += fresh.Length;
        List(fresh.Span);
        Keep(fresh.Span);
        _inner?.Body(fresh);
    }

    /// <summary>Names of an archive, which may be one without saying so: its first bytes tell.</summary>
    private void List(ReadOnlySpan<byte> bytes)
    {
        if (_archive is null && _begun < _start.Length)
        {
            var taken = Math.Min(bytes.Length, _start.Length - _begun);
            bytes[..taken].CopyTo(_start.AsSpan(_begun));
            bytes = bytes[taken..];
            _begun += taken;
            if (ArchiveNames.IsArchive(_start))
            {
                _archive = new ArchiveNames(Found);
                _archive.Read(_start);
            }
        }

        _archive?.Read(bytes);
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_text is null || _charset is null)
        {
            return;
        }

        if (bytes.Length > _budget.TextBytes)
        {
            _isCut = true;
            _budget.Content.IsTextTruncated = true;
            bytes = bytes[..(int)_budget.TextBytes];
        }

        _budget.TextBytes -= bytes.Length;
        Span<char> characters = stackalloc char[512];
        while (!bytes.IsEmpty)
        {
            _charset.Convert(bytes, characters, flush: false, out var used, out var made, out _);
            _text.Append(characters[..made]);
            bytes = bytes[used..];
        }
    }

    private void Found(string name, bool isEncrypted)
    {
        _part.IsEncrypted |= isEncrypted;
        if (!_budget.TakeName(name))
        {
            _budget.Leave(ContentBound.ArchiveNames);
            return;
        }

        _part.AddEntry(name);
    }
}
