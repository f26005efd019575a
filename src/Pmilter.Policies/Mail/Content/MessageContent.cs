namespace Pmilter.Policies.Mail.Content;

/// <summary>What is known at the end of a message of its parts.</summary>
public sealed class MessageContent
{
    /// <summary>So many characters of file names are shown.</summary>
    private const int MostShown = 1000;

    private readonly List<ContentPart> _parts = [];
    private Dictionary<string, bool>? _answers;
    private string? _names;

    /// <summary>Nothing was asked for, so nothing was read.</summary>
    public static MessageContent None { get; } = new();

    /// <summary>In order; a message within another is one, and its parts follow.</summary>
    public IReadOnlyList<ContentPart> Parts => _parts;

    /// <summary>Why the rest was not looked at.</summary>
    public ContentBound Bound { get; set; }

    /// <summary>There is more in the message than was looked at: who does not find something does not know.</summary>
    public bool IsTruncated => Bound != ContentBound.None;

    /// <summary>Texts go on beyond <see cref="ContentLimits.TextBytes"/>.</summary>
    public bool IsTextTruncated { get; set; }

    /// <summary>Texts are not here, only what was answered of them then: a recorded message.</summary>
    public bool IsRecorded { get; init; }

    public int AttachmentCount => _parts.Count(part => part.IsAttachment);

    /// <summary>File names of the attachments, separated by a comma and a space.</summary>
    public string AttachmentNames => _names ??= NamesOf(_parts);

    public void Add(ContentPart part) => _parts.Add(part);

    /// <summary>What a question about the texts was answered; null when it was not asked yet.</summary>
    public bool? AnswerTo(string question) => _answers is not null && _answers.TryGetValue(question, out var answer) ? answer : null;

    /// <summary>Keeps an answer: one search a message, however many rules ask.</summary>
    public void Answer(string question, bool answer) => (_answers ??= new Dictionary<string, bool>(StringComparer.Ordinal))[question] = answer;

    private static string NamesOf(List<ContentPart> parts)
    {
        var names = string.Join(", ", parts.Where(part => part.IsAttachment && part.Name.Length > 0).Select(part => part.Name));
        return names.Length <= MostShown ? names : names[..MostShown];
    }
}
