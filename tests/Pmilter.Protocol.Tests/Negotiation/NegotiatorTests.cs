using CsCheck;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Tests.Kit;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Negotiation;

public sealed class NegotiatorTests
{
    private static readonly Gen<Offer> GenOffer = Gen.Select(Gen.Int[2, 9], Gen.UInt[0, 0x1FF], Gen.UInt[0, 0x1FFFFF], (v, a, s) => new Offer(v, (MilterActions)a, (MilterSteps)s));

    private static readonly Gen<Requirements> GenRequirements = Gen.Select(Gen.UInt[0, 0x1FF], Gen.Int[0, 1023], Gen.Int[0, 1023], Gen.Bool, Gen.Bool, Gen.Bool, (a, e, r, rejected, space, macros) => new Requirements
    {
        Actions = (MilterActions)a,
        Events = (MilterEvents)e,
        Replies = (MilterEvents)r,
        RejectedRecipients = rejected,
        LeadingSpace = space,
        Macros = macros ? Wanted(MacroStage.Connect, "client_addr") : Wanted(MacroStage.Connect),
    });

    [Fact]
    public void Agree_AnyOffer_NeverAnUnofferedBit() =>
        Gen.Select(GenOffer, GenRequirements).Sample((offer, needs) =>
        {
            var agreement = Negotiator.Agree(offer, needs);
            var full = offer.WithDefaults();
            return (agreement.Actions & ~full.Actions) == MilterActions.None
                && (agreement.Steps & ~full.Steps) == MilterSteps.None
                && agreement.Version == Math.Min(6, offer.Version)
                && (agreement.MacroLists.Count == 0 || full.Actions.HasFlag(MilterActions.SetMacroList));
        });

    [Fact]
    public void Agree_AnyOffer_NeverNoReplyForAnEventThatMayReply() =>
        Gen.Select(GenOffer, GenRequirements).Sample((offer, needs) =>
        {
            var agreement = Negotiator.Agree(offer, needs);
            foreach (var step in EventSteps.All)
            {
                var isSilent = agreement.Steps.HasFlag(step.NoReply) && !agreement.Steps.HasFlag(step.Decline);
                if (isSilent && (needs.Events & needs.Replies).HasFlag(step.Event))
                {
                    return false;
                }

                if (agreement.Events.HasFlag(step.Event) && agreement.Replies.HasFlag(step.Event) == agreement.Steps.HasFlag(step.NoReply))
                {
                    return false;
                }

                if (needs.Events.HasFlag(step.Event) && agreement.Steps.HasFlag(step.Decline))
                {
                    return false;
                }
            }

            return agreement.Replies.HasFlag(MilterEvents.EndOfMessage) && (agreement.Replies & ~agreement.Events) == MilterEvents.None;
        });

    [Fact]
    public void Agree_NothingNeeded_DeclinesEverything()
    {
        var agreement = Negotiator.Agree(Offer.Postfix, new Requirements { Skip = false });
        Assert.Equal((MilterSteps)0x37F, agreement.Steps);
        Assert.Equal(MilterActions.None, agreement.Actions);
        Assert.Equal(MilterEvents.EndOfMessage, agreement.Events);
    }

    [Fact]
    public void Agree_OldVersions_LackUnknownAndData()
    {
        var all = new Requirements { Events = MilterEvents.All, Replies = MilterEvents.All };
        Assert.Equal(MilterEvents.Unknown | MilterEvents.Data, Negotiator.Agree(Empty(2), all).MissingEvents);
        Assert.Equal(MilterEvents.Data, Negotiator.Agree(Empty(3), all).MissingEvents);
        Assert.Equal(MilterEvents.None, Negotiator.Agree(Empty(4), all).MissingEvents);
        Assert.Equal(MilterActions.ChangeSender, Negotiator.Agree(Empty(2), all with { Actions = MilterActions.ChangeSender }).MissingActions);
    }

    [Fact]
    public void Agree_MacrosWanted_DefaultsOfBothMtasAndWantedTogether()
    {
        var lists = Negotiator.Agree(Offer.Postfix, new Requirements { Macros = Wanted(MacroStage.Connect, "client_addr", "{client_port}", "j") }).MacroLists;
        var connect = Assert.Single(lists);
        Assert.Equal("{daemon_name} {daemon_addr} v _ {if_name} {if_addr} {client_addr} {client_port} j", connect.Value);
    }

    [Fact]
    public void Agree_EndOfMessageMacros_BothEndListsOrNeither()
    {
        var lists = Negotiator.Agree(Offer.Postfix, new Requirements { Macros = Wanted(MacroStage.EndOfMessage, "x_y") }).MacroLists;
        Assert.Equal([MacroStage.EndOfMessage, MacroStage.EndOfHeaders], lists.Keys);
        Assert.Equal("i {msg_id} {x_y}", lists[MacroStage.EndOfMessage]);
        Assert.Equal("i", lists[MacroStage.EndOfHeaders]);
    }

    [Fact]
    public void Agree_TooManyMacros_FiftyWithTheWantedAmongThem()
    {
        var names = Enumerable.Range(0, 48).Select(n => $"name{n}").ToArray();
        var list = Negotiator.Agree(Offer.Postfix, new Requirements { Macros = Wanted(MacroStage.Mail, names) }).MacroLists[MacroStage.Mail].Split(' ');
        Assert.Equal(50, list.Length);
        Assert.Contains("{name47}", list);
    }

    [Fact]
    public void Agree_MacrosNotOffered_NoList()
    {
        var agreement = Negotiator.Agree(new Offer(6, MilterActions.AddHeaders, MilterSteps.All), new Requirements { Macros = Wanted(MacroStage.Mail, "x") });
        Assert.Empty(agreement.MacroLists);
        Assert.Equal(MilterActions.None, agreement.Actions);
    }

    [Fact]
    public async Task Codec_RecordedListsAnswer_SameBytes()
    {
        var recorded = Trace.Load("postfix/plain-sym-01.trace").Packets.First(p => !p.IsFromMta).Bytes;
        var answer = NegotiationCodec.DecodeAnswer(recorded.AsSpan(5));
        Assert.Equal("{tls_version} {cipher}", answer.MacroLists[MacroStage.Helo]);

        var transport = new ChunkTransport([]);
        var writer = new FrameWriter(transport);
        NegotiationCodec.EncodeAnswer(writer, answer.Version, answer.Actions, answer.Steps, answer.MacroLists);
        await writer.FlushAsync(CancellationToken.None);
        Assert.Equal(recorded, transport.Written);
    }

    [Fact]
    public void Codec_LibrariesBitsAndZeroWords_MaskedAndFilledIn()
    {
        Assert.Equal(MilterSteps.All, Decode(Frames.Offer(6, 0x1FF, 0x701FFFFF)).Steps);
        Assert.Equal(new Offer(2, (MilterActions)0x0F, (MilterSteps)0x3F), Decode(Frames.Offer(2, 0, 0)));
        Assert.Throws<ProtocolException>(() => Decode(Frames.Of('O', [0, 0, 0, 6])));

        static Offer Decode(byte[] frame) => NegotiationCodec.DecodeOffer(frame.AsSpan(5)).WithDefaults();
    }

    [Fact]
    public void Agree_OfferOfUnknownActionsAlone_IsNotTakenForAnOldMta()
    {
        var offer = NegotiationCodec.DecodeOffer(Convert.FromHexString("0000000600000200001FFFFF"));

        Assert.Equal(MilterActions.None, Negotiator.Agree(offer, new Requirements { Actions = MilterActions.All }).Actions);
    }

    private static Offer Empty(int version) => new(version, MilterActions.None, MilterSteps.None);

    private static Dictionary<MacroStage, IReadOnlyList<string>> Wanted(MacroStage stage, params string[] names) =>
        names.Length == 0 ? [] : new() { [stage] = names };
}
