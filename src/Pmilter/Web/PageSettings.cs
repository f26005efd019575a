namespace Pmilter.Web;

/// <summary>The admin page at <c>admin.listen</c>.</summary>
/// <param name="TokenFile">The file of its token, which is made where there is none; empty: the token ends with the process.</param>
/// <param name="Hosts">Names under which it may be asked for beside its address, for a proxy before it.</param>
internal sealed record PageSettings(string TokenFile, IReadOnlyList<string> Hosts)
{
    /// <summary>The file of a token with which nothing can be changed, which is made where there is none; empty: there is no such token.</summary>
    public string ReadTokenFile { get; init; } = string.Empty;
}
