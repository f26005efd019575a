namespace Pmilter.Greylisting;

/// <summary>A tuple that another greylist lets through.</summary>
/// <param name="Client">Its address, or the address of its network.</param>
/// <param name="Until">When it is forgotten; null where the dump does not say.</param>
internal sealed record KnownTuple(string Client, string MailFrom, string Recipient, DateTimeOffset? Until);
