using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists;

/// <summary>One entry as written and where.</summary>
internal readonly record struct ListEntry(string Text, SourceSpan Span);
