namespace Pmilter.Effects.Notices;

/// <summary>How notices go by mail.</summary>
/// <param name="Recipient">An address; without a domain the MTA's own.</param>
/// <param name="From">The header's; the envelope sender is the null one, so that nobody answers a notice.</param>
/// <param name="Host">The MTA.</param>
/// <param name="Port">Its port.</param>
/// <param name="Name">What the server calls itself in HELO and message ids.</param>
public sealed record MailOptions(string Recipient, string From, string Host, int Port, string Name);
