using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Files;

namespace Pmilter.Server.Lists;

/// <summary>
/// One copy of each list file, as it was when it was good, in <c>lists/</c> of the state folder. Its last line is a comment that names the
/// original and counts its entries; a copy without it was not finished and does not count.
/// </summary>
internal sealed class ListCopies(string stateFolder)
{
    private const string Mark = "# pmilter copy of ";
    private const int TailBytes = 4096;

    public string Folder { get; } = Path.Combine(stateFolder, "lists");

    /// <summary>Null when there is none that is whole.</summary>
    public ListCopy? Find(string path, ListType type)
    {
        var copy = PathOf(path, type);
        try
        {
            // Its path is the original's, which explanations name.
            return CountOf(copy) is { } count ? new ListCopy(count, new ListFile(path, default, () => File.OpenRead(copy))) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Copies the file unless it has changed since it was read; then the next look at it comes to this again.</summary>
    /// <exception cref="IOException">The copy cannot be written; an older one stands.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Save(LoadedList list, ListType type)
    {
        PrivateFolder.Create(stateFolder);
        PrivateFolder.Create(Folder);
        var copy = PathOf(list.Path, type);
        var last = LastLine(list);
        if (File.Exists(copy) && TailOf(copy).EndsWith(last, StringComparison.Ordinal))
        {
            return;
        }

        var temporary = copy + ".new";
        using (var from = File.OpenRead(list.Path))
        using (var to = File.Create(temporary))
        {
            from.CopyTo(to);
            to.Write(Encoding.UTF8.GetBytes(last));
            to.Flush(flushToDisk: true);
        }

        var file = new FileInfo(list.Path);
        if (new ListStamp(new DateTimeOffset(file.LastWriteTimeUtc), file.Length) == list.Stamp)
        {
            File.Move(temporary, copy, overwrite: true);
        }
        else
        {
            File.Delete(temporary);
        }
    }

    private static string LastLine(LoadedList list) => string.Create(
        CultureInfo.InvariantCulture, $"\n{Mark}{list.Path.ReplaceLineEndings(" ")}, written {list.Stamp.WrittenAt:O}, entries {list.Content.Count}\n");

    private static int? CountOf(string copy)
    {
        if (!File.Exists(copy))
        {
            return null;
        }

        var tail = TailOf(copy);
        var mark = tail.LastIndexOf(Mark, StringComparison.Ordinal);
        var count = mark < 0 ? [] : tail.AsSpan(tail.LastIndexOf(' ') + 1);
        return int.TryParse(count.TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out var entries) && tail.EndsWith('\n') ? entries : null;
    }

    private static string TailOf(string copy)
    {
        using var file = File.OpenRead(copy);
        file.Seek(-Math.Min(TailBytes, file.Length), SeekOrigin.End);
        using var reader = new StreamReader(file, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Two files of one name lie in different folders: the whole path is in the name as a hash.</summary>
    private string PathOf(string path, ListType type)
    {
        var full = Path.GetFullPath(path);
        var hash = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(full)).ToString("x16", CultureInfo.InvariantCulture);
        return Path.Combine(Folder, $"{Path.GetFileName(full)}.{hash}.{type.ToString().ToLowerInvariant()}");
    }
}
