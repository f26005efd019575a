namespace Pmilter.Policies.Authentication.Spf;

/// <summary>Names that SPF asks for: macros bring characters into them that no host has (RFC 7208 7.3).</summary>
internal static class SpfName
{
    private const int MostCharacters = 253;
    private const int MostLabelCharacters = 63;

    /// <summary>Lower case, without the final dot, labels taken off in front until it is short enough; null for what the DNS cannot be asked.</summary>
    public static string? Read(string text)
    {
        var name = text.EndsWith('.') ? text[..^1] : text;
        while (name.Length > MostCharacters && name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot)
        {
            name = name[(dot + 1)..];
        }

        if (name.Length is 0 or > MostCharacters)
        {
            return null;
        }

        foreach (var label in name.AsSpan().Split('.'))
        {
            if (name.AsSpan()[label] is not { Length: > 0 and <= MostLabelCharacters } characters || !CanBeAsked(characters))
            {
                return null;
            }
        }

        return name.ToLowerInvariant();
    }

    /// <summary>A domain that may have a record: several labels, and no address (RFC 7208 4.3).</summary>
    public static string? ReadDomain(string text) => text.Length <= MostCharacters + 1 && Read(text) is { } name && name.Contains('.', StringComparison.Ordinal) && !name.StartsWith('[') ? name : null;

    private static bool CanBeAsked(ReadOnlySpan<char> label) => !label.ContainsAnyExceptInRange(' ', '~') && !label.Contains('\\');
}
