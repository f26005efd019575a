namespace Pmilter.Web;

/// <summary>The admin page at <c>admin.listen</c>.</summary>
/// <param name="TokenFile">The file of its token, which is made where there is none; empty: the token ends with the process.</param>
/// <param name="Hosts">Names under which it may be asked for beside its address, for a proxy before it.</param>
internal sealed record PageSettings(string TokenFile, IReadOnlyList<string> Hosts);
