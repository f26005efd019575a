namespace Pmilter.Policies.Mail.Content;

/// <summary><c>content</c> of pmilter.yaml: how much of a message's content is looked at.</summary>
public sealed record ContentLimits
{
    public static ContentLimits Default { get; } = new();

    /// <summary><c>body_limit</c>: decoded bytes of text parts that are kept, of all of them together. Default 256 kB.</summary>
    public long TextBytes { get; init; } = 256 * 1024;

    /// <summary><c>max_parts</c>: boundaries of a message. Default 200.</summary>
    public int Parts { get; init; } = 200;

    /// <summary><c>max_depth</c>: multiparts and messages within each other. Default 20.</summary>
    public int Depth { get; init; } = 20;

    /// <summary><c>headers_limit</c>: bytes of the parts' header fields, and of file names in archives. Default 1 MB.</summary>
    public long HeaderBytes { get; init; } = 1024 * 1024;
}

/// <summary>What a policy set asks of a message's content; what nobody asks for is not read.</summary>
[Flags]
public enum ContentNeeds
{
    None = 0,

    /// <summary>Types, names and sizes of the parts.</summary>
    Parts = 1,

    /// <summary>Their texts.</summary>
    Text = 2,
}

/// <summary>Why the rest of a message was not looked at.</summary>
public enum ContentBound
{
    /// <summary>All of it was.</summary>
    None,

    /// <summary><see cref="ContentLimits.Parts"/>.</summary>
    Parts,

    /// <summary><see cref="ContentLimits.Depth"/>.</summary>
    Depth,

    /// <summary><see cref="ContentLimits.HeaderBytes"/>, in the header of one part or of all together.</summary>
    Headers,

    /// <summary><see cref="ContentLimits.HeaderBytes"/>, in the names of archives.</summary>
    ArchiveNames,

    /// <summary>It is no MIME that could be followed to the end.</summary>
    Malformed,
}
