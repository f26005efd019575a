using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Mail.Bodies;

/// <summary>A body with text added, and the header changes that go with it; or why nothing may be added.</summary>
internal sealed record EditedBody(ReadOnlyMemory<byte> Bytes, IReadOnlyList<Modification> Headers, string? WhyNot)
{
    public static EditedBody Refused(string why) => new(ReadOnlyMemory<byte>.Empty, [], why);
}
