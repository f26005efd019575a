namespace Pmilter.Policies.Mail.Headers;

/// <summary>The names of headers whose values are kept, ignoring case; <c>*</c> stands for all.</summary>
public sealed class WantedHeaders
{
    private readonly HashSet<string> _names;

    public WantedHeaders(IEnumerable<string> names) => _names = new HashSet<string>(names, StringComparer.OrdinalIgnoreCase);

    public static WantedHeaders None { get; } = new([]);

    public static WantedHeaders All { get; } = new(["*"]);

    public bool IsAll => _names.Contains("*");

    public bool Contains(string name) => _names.Count > 0 && (_names.Contains(name) || _names.Contains("*"));
}
