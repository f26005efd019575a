namespace Pmilter.Policies.Authentication.Dkim;

/// <summary><c>tag=value; tag=value</c> of DKIM's signatures and keys and of DMARC's records (RFC 6376 3.2). Tags' case counts.</summary>
internal sealed class TagList
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>The value without white space around it; null where there is no such tag.</summary>
    public string? this[string tag] => _values.GetValueOrDefault(tag);

    /// <summary>Null for text that is no tag list, one in which a tag stands twice among it.</summary>
    public static TagList? Read(string text)
    {
        var list = new TagList();
        var parts = text.Split(';');
        for (var i = 0; i < parts.Length; i++)
        {
            var part = parts[i].Trim();
            if (part.Length == 0 && i == parts.Length - 1)
            {
                break;
            }

            var sign = part.IndexOf('=', StringComparison.Ordinal);
            if (sign <= 0 || !list._values.TryAdd(part[..sign].TrimEnd(), part[(sign + 1)..].TrimStart()))
            {
                return null;
            }
        }

        return list;
    }

    /// <summary>Without the white space that folding leaves within it.</summary>
    public string? Packed(string tag) => this[tag] is { } value ? string.Concat(value.Where(c => !char.IsWhiteSpace(c))) : null;

    /// <summary>The words between colons, in lower case.</summary>
    public IEnumerable<string> Words(string tag) => (Packed(tag) ?? string.Empty).ToLowerInvariant().Split(':', StringSplitOptions.RemoveEmptyEntries);
}
