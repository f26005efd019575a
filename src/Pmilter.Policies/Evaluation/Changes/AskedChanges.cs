using Pmilter.Policies.Lists;
using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Evaluation.Changes;

/// <summary>Deletes every field whose name fits and, where there is a pattern, whose decoded value matches it.</summary>
internal sealed record DeleteHeaders(HeaderNames Names, Pattern? Pattern) : Modification;

/// <summary>Gives every field of that name whose decoded value matches a new value.</summary>
internal sealed record ChangeMatchingHeaders(string Name, Pattern Pattern, string Value) : Modification;

/// <summary>Puts text before the subject, unless it is there already; a message without a subject gets one.</summary>
internal sealed record PrefixSubject(string Prefix) : Modification;

/// <summary>Adds text to what people read of the message: above it or below it.</summary>
/// <param name="Rule">Told in the log where the message does not allow it.</param>
/// <param name="Html">For HTML parts; null: the text, escaped.</param>
internal sealed record AddToBody(RuleReference Rule, BodyEnd End, string Text, string? Html) : Modification;

/// <summary>Where a text is added.</summary>
internal enum BodyEnd
{
    Top,
    Bottom,
}

/// <summary>A header name, or the beginning of one: <c>X-Spam-*</c>.</summary>
internal sealed record HeaderNames(string Written)
{
    public bool IsOne => !Written.EndsWith('*');

    public bool Contains(string name) => IsOne
        ? string.Equals(name, Written, StringComparison.OrdinalIgnoreCase)
        : name.StartsWith(Written.AsSpan(0, Written.Length - 1), StringComparison.OrdinalIgnoreCase);
}
