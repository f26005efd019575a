using System.Text;
using Pmilter.Policies.Evaluation;

namespace Pmilter.Policies.Mail.Content;

/// <summary>A part of a message that is no multipart: a text, a file, a message within.</summary>
public sealed class ContentPart
{
    private readonly List<string> _names = [];
    private readonly List<string> _entries = [];
    private string? _withoutTags;

    /// <summary><c>text/html</c>, lower case; <c>text/plain</c> where nothing is said.</summary>
    public string Type { get; init; } = "text/plain";

    /// <summary><c>attachment</c>, <c>inline</c>, lower case; empty where nothing is said.</summary>
    public string Disposition { get; init; } = string.Empty;

    /// <summary>Lower case; empty where nothing is said.</summary>
    public string Charset { get; init; } = string.Empty;

    /// <summary>0 for a message that is one part; one more for each multipart or message around it.</summary>
    public int Depth { get; init; }

    /// <summary>Decoded bytes.</summary>
    public double Size { get; set; }

    /// <summary>Every file name that some mail program may show, the usual one first; also as written where that differs.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>File names within, where the part is a zip archive (an office document and a jar are, too).</summary>
    public IReadOnlyList<string> Entries => _entries;

    /// <summary>A file in the archive needs a password.</summary>
    public bool IsEncrypted { get; set; }

    /// <summary>It has a file name, is said to be an attachment, or is neither text nor a message.</summary>
    public bool IsAttachment => _names.Count > 0 || Disposition == "attachment" || !(IsText || Type.StartsWith("message/", StringComparison.Ordinal));

    /// <summary>The usual file name; empty for none.</summary>
    public string Name => _names.Count > 0 ? _names[0] : string.Empty;

    /// <summary>Of the usual file name, lower case, without its dot; empty for none.</summary>
    public string Extension => FileName.ExtensionOf(Name);

    internal bool IsText => Type.StartsWith("text/", StringComparison.Ordinal);

    internal bool IsHtml => Type is "text/html";

    /// <summary>Decoded, lines ended by LF, as far as texts are kept.</summary>
    internal string Text { get; set; } = string.Empty;

    /// <summary>What a reader of the HTML sees; null for other texts.</summary>
    internal string? ShownText => IsHtml ? _withoutTags ??= HtmlText.Read(Text) : null;

    /// <summary>Looked-up facts that were asked of this part.</summary>
    internal SlotTable Slots { get; } = new();

    /// <summary>Keeps a name in each shape that it may be taken in; empty ones are none.</summary>
    public void AddName(string written)
    {
        foreach (var shape in FileName.ShapesOf(written))
        {
            if (!_names.Contains(shape, StringComparer.Ordinal))
            {
                _names.Add(shape);
            }
        }
    }

    /// <summary>Keeps a name of the archive.</summary>
    public void AddEntry(string name) => _entries.Add(name);

    internal bool HasExtension(string extension) => Any(extension, FileName.HasExtension);

    /// <summary>Whether it holds for a file name of the part or of the archive.</summary>
    internal bool Any<T>(T sought, Func<string, T, bool> isSought)
    {
        foreach (var name in _names)
        {
            if (isSought(name, sought))
            {
                return true;
            }
        }

        foreach (var name in _entries)
        {
            if (isSought(name, sought))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>For the decision log and for people.</summary>
    public override string ToString() => new StringBuilder(Type).Append(Name.Length > 0 ? " " : string.Empty).Append(Name).ToString();
}
