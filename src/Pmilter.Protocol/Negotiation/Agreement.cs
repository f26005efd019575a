namespace Pmilter.Protocol.Negotiation;

/// <summary>The MTA's SMFIC_OPTNEG. Zero words mean the defaults of version 2 and are filled in: actions 0x0F, protocol 0x3F.</summary>
public sealed record Offer(int Version, MilterActions Actions, MilterSteps Steps)
{
    /// <summary>What Postfix offers since 2.8 (milter_protocol = 6).</summary>
    public static Offer Postfix { get; } = new(Negotiator.Version, MilterActions.All, MilterSteps.All);

    /// <summary>Fills in zero words, and drops the bits above the known ones: those are between libraries (SMFI_INTERNAL).</summary>
    internal Offer WithDefaults() => this with
    {
        Actions = Actions == MilterActions.None ? (MilterActions)0x0F : Actions & MilterActions.All,
        Steps = Steps == MilterSteps.None ? (MilterSteps)0x3F : Steps & MilterSteps.All,
    };
}

/// <summary>What a handler wants of a connection. Everything not named here is declined, so that the MTA never sends it.</summary>
public sealed record Requirements
{
    /// <summary>What it may do at end of message.</summary>
    public MilterActions Actions { get; init; }

    /// <summary>The events that must be sent. End of message always comes.</summary>
    public MilterEvents Events { get; init; }

    /// <summary>The events among them whose verdict may differ from continue; the others are negotiated as no-reply. End of message always replies.</summary>
    public MilterEvents Replies { get; init; }

    /// <summary>Whether recipients that the MTA itself refused are wanted (SMFIP_RCPT_REJ).</summary>
    public bool RejectedRecipients { get; init; }

    /// <summary>Whether header values keep their leading space (SMFIP_HDR_LEADSPC), for rules that see raw values.</summary>
    public bool LeadingSpace { get; init; }

    /// <summary>Whether SMFIP_SKIP is agreed when it is offered, so that a skip verdict spares the rest; true.</summary>
    public bool Skip { get; init; } = true;

    /// <summary>
    /// Macros wanted by stage, beyond what MTAs send by default. A stage named here is requested with the defaults of both MTAs
    /// and these names together, since a list replaces the MTA's own.
    /// </summary>
    public IReadOnlyDictionary<MacroStage, IReadOnlyList<string>> Macros { get; init; } = new Dictionary<MacroStage, IReadOnlyList<string>>();
}

/// <summary>What both sides will keep to on one connection.</summary>
public sealed record Agreement
{
    /// <summary>2 to 6: the lower of both sides'.</summary>
    public required int Version { get; init; }

    /// <summary>Required and offered.</summary>
    public required MilterActions Actions { get; init; }

    /// <summary>The bits that are answered.</summary>
    public required MilterSteps Steps { get; init; }

    /// <summary>Actions that were required and not offered.</summary>
    public required MilterActions MissingActions { get; init; }

    /// <summary>Events that were required and that this MTA's version does not have.</summary>
    public required MilterEvents MissingEvents { get; init; }

    /// <summary>The events that the MTA will send.</summary>
    public required MilterEvents Events { get; init; }

    /// <summary>Events that are answered on the wire; a no-reply bit that was not offered is emulated with continue and counts as answered.</summary>
    public required MilterEvents Replies { get; init; }

    /// <summary>The macro lists that were asked for; empty where the MTA does not take them.</summary>
    public required IReadOnlyDictionary<MacroStage, string> MacroLists { get; init; }
}
