using System.Globalization;
using System.Text;

namespace Pmilter.Policies.Mail.Content;

/// <summary>File names as the receiving system takes them, whatever was done to hide what they are.</summary>
internal static class FileName
{
    /// <summary>
    /// A name without what is not seen, then what stands before a NUL (some programs stop there), then as written. The first is what
    /// <c>part_name</c> shows; a pattern may look for the trick itself in the last.
    /// </summary>
    public static IEnumerable<string> ShapesOf(string written)
    {
        var clean = Clean(written);
        if (clean.Length == 0)
        {
            yield break;
        }

        yield return clean;
        var nul = written.IndexOf('\0', StringComparison.Ordinal);
        if (nul > 0 && Clean(written[..nul]) is { Length: > 0 } before)
        {
            yield return before;
        }

        if (clean != written)
        {
            yield return written;
        }
    }

    /// <summary>Control and direction characters go, and the dots and spaces at its end, which Windows drops.</summary>
    public static string Clean(string name)
    {
        var isClean = true;
        foreach (var c in name)
        {
            isClean &= !IsHidden(c);
        }

        if (!isClean)
        {
            var text = new StringBuilder(name.Length);
            foreach (var c in name)
            {
                if (!IsHidden(c))
                {
                    text.Append(c);
                }
            }

            name = text.ToString();
        }

        var end = name.Length;
        while (end > 0 && (name[end - 1] == '.' || char.IsWhiteSpace(name[end - 1])))
        {
            end--;
        }

        return name[..end].TrimStart();
    }

    /// <summary>Whether the name ends in a dot and the extension, ignoring case; <c>tar.gz</c> is one, too.</summary>
    /// <param name="extension">Without its dot.</param>
    public static bool HasExtension(string name, string extension) =>
        name.Length > extension.Length && name[^(extension.Length + 1)] == '.' && name.EndsWith(extension, StringComparison.OrdinalIgnoreCase);

    public static string ExtensionOf(string name)
    {
        var dot = name.LastIndexOf('.');
        return dot >= 0 && name.AsSpan(dot).IndexOfAny('/', '\\') < 0 ? name[(dot + 1)..].ToLowerInvariant() : string.Empty;
    }

    private static bool IsHidden(char c) => char.IsControl(c) || (c > 0x7f && CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.Format);
}
