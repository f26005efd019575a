using System.IO.Hashing;
using System.Text;
using System.Text.Unicode;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists.Files;

/// <summary>The lines of a list file, one at a time in one buffer: a file of a million lines is never in memory as a whole.</summary>
internal sealed class ListFileLines(Stream stream, string path, ListDiagnosticLimit diagnostics)
{
    private const int ChunkBytes = 128 * 1024;

    private readonly XxHash3 _hash = new();
    private byte[] _bytes = new byte[ChunkBytes];
    private char[] _chars = new char[256];
    private int _start;
    private int _end;
    private int _number;
    private bool _isEnded;
    private bool _hasBadBytes;

    /// <summary>Of all bytes read so far.</summary>
    public ulong Hash => _hash.GetCurrentHashAsUInt64();

    /// <summary>False behind the last one. The line is gone with the next call.</summary>
    /// <exception cref="IOException">The file cannot be read on.</exception>
    public bool Next(out ListLine line)
    {
        if (NextBytes() is not { } range)
        {
            line = default;
            return false;
        }

        _number++;
        var bytes = _bytes.AsSpan(range);
        if (_number == 1 && bytes.StartsWith("\uFEFF"u8))
        {
            bytes = bytes[3..];
        }

        if (_chars.Length < bytes.Length)
        {
            _chars = new char[bytes.Length * 2];
        }

        var length = Encoding.UTF8.GetChars(bytes, _chars);
        line = new ListLine(_chars.AsSpan(0, length), path, _number);
        if (!_hasBadBytes && !Utf8.IsValid(bytes))
        {
            _hasBadBytes = true;
            diagnostics.Add(SourceText.NotUtf8(bytes, line.SpanOf(0, 0)));
        }

        return true;
    }

    /// <summary>Where the next line lies in the buffer, without its line feed; null behind the last one.</summary>
    private Range? NextBytes()
    {
        var searched = 0;
        while (true)
        {
            var ready = _bytes.AsSpan(_start, _end - _start);
            if (ready[searched..].IndexOf((byte)'\n') is >= 0 and var next)
            {
                var line = new Range(_start, _start + searched + next);
                _start += searched + next + 1;
                return line;
            }

            if (_isEnded)
            {
                var rest = new Range(_start, _end);
                _start = _end;
                return ready.IsEmpty ? null : rest;
            }

            searched = ready.Length;
            Fill();
        }
    }

    private void Fill()
    {
        _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
        (_start, _end) = (0, _end - _start);
        if (_end == _bytes.Length)
        {
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }

        var read = stream.Read(_bytes.AsSpan(_end));
        _hash.Append(_bytes.AsSpan(_end, read));
        _end += read;
        _isEnded = read == 0;
    }
}
