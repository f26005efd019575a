using System.Buffers;
using System.Security.Cryptography;

namespace Pmilter.Policies.Authentication.Dkim;

/// <summary>
/// Hashes a body as it comes, in pieces of any size: what is kept is a few numbers and one buffer. Empty lines at the end do not count
/// (RFC 6376 3.4.3, 3.4.4), so line ends wait until something follows them.
/// </summary>
internal sealed class BodyCanonicalizer(Canonicalization method, long? limit) : IDisposable
{
    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';
    private static readonly SearchValues<byte> OfSimple = SearchValues.Create("\r"u8);
    private static readonly SearchValues<byte> OfRelaxed = SearchValues.Create("\r \t"u8);

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly SearchValues<byte> _special = method == Canonicalization.Relaxed ? OfRelaxed : OfSimple;
    private readonly byte[] _buffer = new byte[2048];
    private int _buffered;
    private long _lines;
    private bool _hasSpace;
    private bool _hasCr;
    private bool _hasContent;

    public Canonicalization Method => method;

    public long? Limit => limit;

    /// <summary>How long the body is once canonical.</summary>
    public long Length { get; private set; }

    public void Add(ReadOnlySpan<byte> chunk)
    {
        while (!chunk.IsEmpty)
        {
            var plain = _hasCr ? 0 : chunk.IndexOfAny(_special);
            plain = plain < 0 ? chunk.Length : plain;
            if (plain > 0)
            {
                Content(chunk[..plain]);
                chunk = chunk[plain..];
                continue;
            }

            SpecialByte(chunk[0]);
            chunk = chunk[1..];
        }
    }

    /// <summary>The hash; nothing may be added any more.</summary>
    public byte[] Complete()
    {
        if (_hasCr)
        {
            Content([Cr]);
        }

        // A body that does not end with a line end gets one; an empty one is a line end when simple, nothing when relaxed.
        if (_hasContent || method == Canonicalization.Simple)
        {
            Emit("\r\n"u8);
        }

        _hash.AppendData(_buffer.AsSpan(0, _buffered));
        return _hash.GetHashAndReset();
    }

    public void Dispose() => _hash.Dispose();

    private void SpecialByte(byte b)
    {
        if (_hasCr)
        {
            _hasCr = false;
            if (b == Lf)
            {
                _hasSpace = false;
                _lines++;
                return;
            }

            Content([Cr]);
        }

        if (b == Cr)
        {
            _hasCr = true;
        }
        else if (method == Canonicalization.Relaxed && b is (byte)' ' or (byte)'\t')
        {
            _hasSpace = true;
        }
        else
        {
            Content([b]);
        }
    }

    private void Content(ReadOnlySpan<byte> bytes)
    {
        _hasContent = true;
        for (; _lines > 0; _lines--)
        {
            Emit("\r\n"u8);
        }

        if (_hasSpace)
        {
            _hasSpace = false;
            Emit(" "u8);
        }

        Emit(bytes);
    }

    private void Emit(ReadOnlySpan<byte> bytes)
    {
        var room = limit is { } most ? Math.Clamp(most - Length, 0, bytes.Length) : bytes.Length;
        Length += bytes.Length;
        bytes = bytes[..(int)room];
        if (_buffered + bytes.Length > _buffer.Length)
        {
            _hash.AppendData(_buffer.AsSpan(0, _buffered));
            _buffered = 0;
        }

        if (bytes.Length > _buffer.Length)
        {
            _hash.AppendData(bytes);
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += bytes.Length;
    }
}
