namespace Pmilter.Protocol.Negotiation;

/// <summary>Offer and requirements to agreement: asks for exactly what is needed and never for what was not offered.</summary>
public static class Negotiator
{
    /// <summary>The version spoken here (SMFI_PROT_VERSION).</summary>
    public const int Version = 6;

    /// <summary>The oldest that is understood.</summary>
    public const int OldestVersion = 2;

    /// <summary>The agreement. What could not be had is named in it; whether that matters is the handler's to say.</summary>
    /// <exception cref="ArgumentException">The offered version is older than 2.</exception>
    public static Agreement Agree(Offer offer, Requirements requirements)
    {
        ArgumentNullException.ThrowIfNull(offer);
        ArgumentNullException.ThrowIfNull(requirements);
        if (offer.Version < OldestVersion)
        {
            throw new ArgumentException($"The offered version is {offer.Version}; expected at least {OldestVersion}.", nameof(offer));
        }

        offer = offer.WithDefaults();
        var version = Math.Min(Version, offer.Version);
        var (steps, events, replies) = Events(offer.Steps, version, requirements);
        var lists = offer.Actions.Has(MilterActions.SetMacroList) ? MacroLists.For(requirements.Macros) : MacroLists.None;
        var actions = requirements.Actions & offer.Actions;
        return new Agreement
        {
            Version = version,
            Actions = lists.Count > 0 ? actions | MilterActions.SetMacroList : actions,
            Steps = steps | (Options(requirements) & offer.Steps),
            MissingActions = requirements.Actions & ~offer.Actions,
            MissingEvents = requirements.Events & ~events,
            Events = events,
            Replies = replies,
            MacroLists = lists,
        };
    }

    private static (MilterSteps Steps, MilterEvents Events, MilterEvents Replies) Events(MilterSteps offered, int version, Requirements requirements)
    {
        var steps = MilterSteps.None;
        var events = MilterEvents.EndOfMessage;
        var replies = MilterEvents.EndOfMessage;
        foreach (var step in EventSteps.All)
        {
            var isWanted = requirements.Events.Has(step.Event);
            if (!isWanted && offered.Has(step.Decline))
            {
                steps |= step.Decline;
                continue;
            }

            if (version < step.Since)
            {
                continue;
            }

            events |= step.Event;
            var mayDecide = isWanted && requirements.Replies.Has(step.Event);
            if (!mayDecide && offered.Has(step.NoReply))
            {
                steps |= step.NoReply;
                continue;
            }

            // A no-reply bit that was not offered is emulated: the session answers continue (libmilter does the same).
            replies |= step.Event;
        }

        return (steps, events, replies);
    }

    private static MilterSteps Options(Requirements requirements)
    {
        var steps = requirements.Skip ? MilterSteps.Skip : MilterSteps.None;
        steps |= requirements.RejectedRecipients ? MilterSteps.RejectedRecipients : MilterSteps.None;
        return requirements.LeadingSpace ? steps | MilterSteps.LeadingSpace : steps;
    }
}
