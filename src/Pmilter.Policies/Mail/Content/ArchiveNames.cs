using System.Buffers.Binary;
using System.Text;

namespace Pmilter.Policies.Mail.Content;

/// <summary>
/// Finds the file names of a zip archive while its bytes go by: every local header and every entry of the central directory, wherever
/// they stand, so that lengths that lie hide nothing. Nothing is unpacked. An archive stored without compression within another shows
/// its names, too.
/// </summary>
/// <param name="found">Called with each name, and whether the file needs a password.</param>
internal sealed class ArchiveNames(Action<string, bool> found)
{
    private const int LocalBytes = 30;
    private const int CentralBytes = 46;
    private const int LongestName = 1024;

    /// <summary>A header and its name may be cut by the end of a piece; so much is kept for the next.</summary>
    private const int MostKept = CentralBytes + LongestName;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private readonly byte[] _window = new byte[MostKept + 16384];
    private int _kept;

    /// <summary>Whether bytes at the beginning of a file are a zip archive's.</summary>
    public static bool IsArchive(ReadOnlySpan<byte> start) => start.StartsWith("PK"u8) && start.Length >= 4 && start[2] is 1 or 3 or 5 or 7 && start[3] == start[2] + 1;

    public void Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var taken = Math.Min(bytes.Length, _window.Length - _kept);
            bytes[..taken].CopyTo(_window.AsSpan(_kept));
            bytes = bytes[taken..];
            var seen = _window.AsSpan(0, _kept + taken);
            _kept = Scan(seen);
            seen[^_kept..].CopyTo(_window);
        }
    }

    /// <summary>Answers how many bytes of the end must be seen again.</summary>
    private int Scan(ReadOnlySpan<byte> bytes)
    {
        var position = 0;
        while (true)
        {
            var next = bytes[position..].IndexOf("PK"u8);
            if (next < 0)
            {
                return bytes.Length > 0 && bytes[^1] == (byte)'P' ? 1 : 0;
            }

            position += next;
            var record = bytes[position..];
            if (record.Length < 4)
            {
                return record.Length;
            }

            var length = LengthOf(record, out var isWhole);
            if (!isWhole)
            {
                return record.Length;
            }

            position += length == 0 ? 2 : length;
        }
    }

    /// <summary>0 where it is no record with a name.</summary>
    private int LengthOf(ReadOnlySpan<byte> record, out bool isWhole)
    {
        isWhole = true;
        var isCentral = record[2] == 1 && record[3] == 2;
        if (!isCentral && !(record[2] == 3 && record[3] == 4))
        {
            return 0;
        }

        var header = isCentral ? CentralBytes : LocalBytes;
        if (record.Length < header)
        {
            isWhole = false;
            return 0;
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(record[(isCentral ? 28 : 26)..]);
        if (length is 0 or > LongestName)
        {
            return 0;
        }

        if (record.Length < header + length)
        {
            isWhole = false;
            return 0;
        }

        var flags = BinaryPrimitives.ReadUInt16LittleEndian(record[(isCentral ? 8 : 6)..]);
        var name = FileName.Clean(Decode(record.Slice(header, length)));
        if (name.Length > 0 && name[^1] is not ('/' or '\\'))
        {
            found(name, (flags & 1) != 0);
        }

        return header + length;
    }

    private static string Decode(ReadOnlySpan<byte> name)
    {
        try
        {
            return Utf8.GetString(name);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(name);
        }
    }
}
