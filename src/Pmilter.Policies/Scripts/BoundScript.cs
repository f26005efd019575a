using Pmilter.Policies.Text;

namespace Pmilter.Policies.Scripts;

/// <summary>A script that a rule runs.</summary>
/// <param name="Path">As the host opens it: relative to where the policy file stands.</param>
/// <param name="Span">Where the policy names it.</param>
/// <param name="Timeout">The rule's; null: <c>ruby.timeout</c>.</param>
public sealed record BoundScript(string Path, SourceSpan Span, TimeSpan? Timeout);
