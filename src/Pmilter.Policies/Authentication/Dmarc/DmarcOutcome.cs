namespace Pmilter.Policies.Authentication.Dmarc;

/// <summary>What DMARC says.</summary>
/// <param name="Word">As in Authentication-Results: <c>pass</c>, <c>fail</c>, <c>none</c>, <c>temperror</c>, <c>permerror</c>.</param>
/// <param name="Policy">What the domain asks for: <c>none</c>, <c>quarantine</c>, <c>reject</c>; empty where it has no record.</param>
/// <param name="Domain">Of From; empty where there is no single one.</param>
/// <param name="Reason">Of an error, what is wrong; else empty.</param>
internal sealed record DmarcOutcome(string Word, string Policy, string Domain, string Reason = "");
