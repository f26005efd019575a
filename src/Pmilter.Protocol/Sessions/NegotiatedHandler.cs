using Pmilter.Protocol.Negotiation;

namespace Pmilter.Protocol.Sessions;

/// <summary>A handler and what was agreed for it.</summary>
/// <param name="Handler">Decides.</param>
/// <param name="Agreement">With the MTA.</param>
/// <param name="Required">The events that the handler asked for; others may come from an MTA that cannot leave them out.</param>
internal sealed record NegotiatedHandler(IMilterHandler Handler, Agreement Agreement, MilterEvents Required);

/// <summary>A handler's answer, or none in time.</summary>
internal readonly record struct HandlerResult<T>(bool IsGiven, T Value);
