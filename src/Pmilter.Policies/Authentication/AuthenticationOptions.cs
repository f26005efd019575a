namespace Pmilter.Policies.Authentication;

/// <summary><c>auth.check</c> is on: messages are checked, and the results are written into them.</summary>
/// <param name="Name">The authserv-id; empty for the MTA's own name (macro <c>j</c>).</param>
/// <param name="Trusted"><c>auth.trusted</c>, as written: where our own name is among them, fields under it that messages bring stay.</param>
public sealed record AuthenticationOptions(string Name, IReadOnlyCollection<string> Trusted);
