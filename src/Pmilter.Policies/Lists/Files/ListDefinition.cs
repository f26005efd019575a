using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists.Files;

/// <summary>A list of a file as its policy defines it.</summary>
/// <param name="Name">The list's name.</param>
/// <param name="Type">How its entries are read.</param>
/// <param name="PolicyPath">The policy file.</param>
/// <param name="Path">The list file, relative to the policy's folder.</param>
/// <param name="Guard">What it must not fall below.</param>
public sealed record ListDefinition(Located<string> Name, ListType Type, string PolicyPath, Located<string> Path, ListGuard Guard);

/// <summary><c>min_items</c> and <c>max_shrink</c>: null for none.</summary>
public sealed record ListGuard(int? MinItems, double? MaxShrink)
{
    /// <param name="count">Entries read.</param>
    /// <param name="before">Entries before; null when the list is new.</param>
    /// <param name="span">The list's name.</param>
    public IEnumerable<Diagnostic> Check(int count, int? before, SourceSpan span)
    {
        if (count < MinItems)
        {
            yield return ListDiagnostics.TooFew(span, count, MinItems.Value);
        }

        if (MaxShrink is { } share && before is { } previous && count < previous * (1 - share))
        {
            yield return ListDiagnostics.Shrank(span, count, previous, share);
        }
    }
}
