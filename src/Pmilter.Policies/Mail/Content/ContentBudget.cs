namespace Pmilter.Policies.Mail.Content;

/// <summary>What of the limits a message has used, in whatever is within it.</summary>
internal sealed class ContentBudget(ContentNeeds needs, ContentLimits limits)
{
    private long _headerBytes;
    private long _nameBytes;
    private int _boundaries;

    public MessageContent Content { get; } = new();

    public ContentLimits Limits => limits;

    public bool KeepsText => needs.HasFlag(ContentNeeds.Text);

    /// <summary>Decoded bytes of texts that are still kept.</summary>
    public long TextBytes { get; set; } = limits.TextBytes;

    /// <summary>What headers may still take.</summary>
    public long HeaderBytes => limits.HeaderBytes - _headerBytes;

    /// <summary>There is something that is not looked at; the first reason stands.</summary>
    public void Leave(ContentBound bound) => Content.Bound = Content.Bound == ContentBound.None ? bound : Content.Bound;

    public bool TakeBoundary() => ++_boundaries <= limits.Parts;

    public bool TakeHeaders(long bytes) => (_headerBytes += bytes) <= limits.HeaderBytes;

    public bool TakeName(string name) => (_nameBytes += name.Length + 16) <= limits.HeaderBytes;
}
