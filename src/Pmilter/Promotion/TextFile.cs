using System.Text;
using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Promotion;

/// <summary>Replaces a file's text at once, or not at all; permissions, owner and a byte order mark stay.</summary>
internal static class TextFile
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <exception cref="ServerStartException">It cannot be read.</exception>
    public static SourceText Read(string path, DiagnosticBag diagnostics)
    {
        try
        {
            return SourceText.Decode(PolicyFiles.Shown(Path.GetFullPath(path)), File.ReadAllBytes(path), diagnostics);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"Cannot read {path}: {error.Message}", error);
        }
    }

    public static void Replace(string path, string text)
    {
        // What a link points to is replaced, not the link.
        var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        var hasMark = File.ReadAllBytes(target).AsSpan().StartsWith(ByteOrderMark);
        var temporary = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}");
        try
        {
            Write(temporary, hasMark ? [.. ByteOrderMark, .. Encoding.UTF8.GetBytes(text)] : Encoding.UTF8.GetBytes(text), target);
            FileOwner.Copy(target, temporary);
            File.Move(temporary, target, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void Write(string path, byte[] content, string model)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file.SafeFileHandle, File.GetUnixFileMode(model));
        }

        file.Write(content);
        file.Flush(flushToDisk: true);
    }
}
