using System.Net;
using System.Net.Sockets;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Tests.Kit;
using Pmilter.Protocol.Transports;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Client;

public sealed class MilterClientTests
{
    private static readonly ClientFacts Facts = new("mail.example", ClientFamily.Inet, "192.0.2.1", 2525);

    private readonly RecordingObserver _observer = new();

    public static TheoryData<int, uint, uint> Offers() => new() { { 6, 0x1FF, 0x1FFFFF }, { 4, 0x3F, 0x3FF }, { 3, 0x3F, 0x1FF }, { 2, 0x3F, 0x7F } };

    [Theory]
    [MemberData(nameof(Offers))]
    public async Task Message_EveryVersion_HandlerSeesIt(int version, uint actions, uint steps)
    {
        var handler = new ScriptedHandler();
        var outcome = await SendAsync(handler, Message(), new Offer(version, (MilterActions)actions, (MilterSteps)steps));

        Assert.Equal(VerdictKind.Continue, outcome.Final.Kind);
        string?[] expected =
        [
            "Connect mail.example", "Helo mail.example", "Mail <a@b>", "Rcpt <c@d>", version >= 4 ? "Data" : null, "Header Subject:hello\n world",
            "EndOfHeaders", "Body text\r\n", "EndOfMessage", "Close",
        ];
        Assert.Equal(expected.Where(c => c is not null), handler.Calls);
        Assert.Empty(_observer.Warnings);
    }

    [Fact]
    public async Task Message_DeclinedAndSilentEvents_OnlyWhatIsNeededIsSent()
    {
        var handler = new ScriptedHandler
        {
            Requirements = new Requirements { Events = MilterEvents.Connect | MilterEvents.Header, LeadingSpace = true },
        };
        var outcome = await SendAsync(handler, Message(), null);

        Assert.Equal(["Connect mail.example", "Header Subject: hello\n world", "EndOfMessage", "Close"], handler.Calls);
        Assert.All(outcome.Steps.SkipLast(1), s => Assert.Equal(ReplyCode.None, s.Reply.Code));
        Assert.Equal(ReplyCode.Continue, outcome.Final.Code);
    }

    [Fact]
    public async Task Message_AllModifications_Collected()
    {
        var changes = new Modification[]
        {
            new AddHeader("A", "b"), new InsertHeader(1, "C", "d"), new ChangeHeader("E", 2, "f"), new DeleteHeader("G", 1), new ChangeSender("<x@y>", null),
            new AddRecipient("<r@s>", null), new AddRecipient("<t@u>", "NOTIFY=NEVER"), new DeleteRecipient("<c@d>"),
        };
        var handler = new ScriptedHandler
        {
            DecideMessage = _ => new(new MessageVerdict(Verdict.Accept, [.. changes, new ReplaceBody(new byte[100_000])], "held")),
        };
        var outcome = await SendAsync(handler, Message(), null);

        Assert.NotNull(outcome.Message);
        Assert.Equal(changes, outcome.Message.Modifications.SkipLast(1));
        Assert.Equal(100_000, Assert.IsType<ReplaceBody>(outcome.Message.Modifications[^1]).Body.Length);
        Assert.Equal("held", outcome.Message.QuarantineReason);
        Assert.Equal(VerdictKind.Accept, outcome.Final.Kind);
    }

    [Fact]
    public async Task Message_RecipientRefused_OthersGoOn()
    {
        var count = 0;
        var handler = new ScriptedHandler
        {
            Decide = (command, _) => new(command == CommandCode.Rcpt && count++ == 0 ? Words.Refusal("550 5.1.1 no") : Verdict.Continue),
        };
        var outcome = await SendAsync(handler, Message() with { Recipients = [new("<bad@d>"), new("<good@d>")] }, null);

        Assert.Equal(["<good@d>"], outcome.Accepted.Select(r => r.Address));
        Assert.Equal("550 5.1.1 no", outcome.Steps[1].Reply.Text);
        Assert.NotNull(outcome.Message);
    }

    [Fact]
    public async Task Message_RefusedInTheMiddle_AbortAndNextOneIsServed()
    {
        var handler = new ScriptedHandler
        {
            Decide = (command, _) => new(command == CommandCode.Header ? Words.Refusal("451 4.7.1 later") : Verdict.Continue),
        };
        var (mta, filter) = MemoryTransport.CreatePair();
        var session = Serve.RunAsync(filter, handler, _observer);
        await using (var client = new MilterClient(mta))
        {
            await client.NegotiateAsync(CancellationToken.None);
            var sender = new MessageSender(client);
            await sender.BeginAsync(Facts, "x", CancellationToken.None);
            for (var i = 0; i < 3; i++)
            {
                var outcome = await sender.SendAsync(Message(), CancellationToken.None);
                Assert.Equal("451 4.7.1 later", outcome.Final.Text);
                Assert.Null(outcome.Message);
            }

            await client.QuitAsync(CancellationToken.None);
        }

        await session;
        Assert.Equal(3, handler.Calls.Count(c => c.StartsWith("Mail", StringComparison.Ordinal)));
        Assert.Empty(_observer.Warnings);
    }

    [Fact]
    public async Task Macros_DefaultsAndChosen_ReachTheHandler()
    {
        ISessionContext? context = null;
        var seen = new List<string?>();
        var handler = new ScriptedHandler
        {
            Requirements = new Requirements
            {
                Events = MilterEvents.All,
                Replies = MilterEvents.All,
                Macros = new Dictionary<MacroStage, IReadOnlyList<string>> { [MacroStage.Connect] = ["client_ptr"] },
            },
            Decide = (command, _) =>
            {
                seen.Add($"{command} {context?.Macros["j"]} {context?.Macros["client_ptr"]} {context?.Macros["rcpt_addr"]} {context?.Macros["i"]} {context?.Macros["hidden"]}".TrimEnd());
                return new(Verdict.Continue);
            },
        };
        var (mta, filter) = MemoryTransport.CreatePair();
        var session = new MilterSession(filter, c => { context = c; return handler; }, Serve.Options, _observer).RunAsync(CancellationToken.None);
        await using (var client = new MilterClient(mta))
        {
            await client.NegotiateAsync(CancellationToken.None);
            client.Macros["j"] = "mx";
            client.Macros["client_ptr"] = "ptr";
            client.Macros["hidden"] = "never asked for";
            var sender = new MessageSender(client);
            await sender.BeginAsync(Facts, null, CancellationToken.None);
            await sender.SendAsync(Message() with { QueueId = "Q1" }, CancellationToken.None);
        }

        await session;
        Assert.Equal(["Connect mx ptr", "Mail mx ptr", "Rcpt mx ptr c@d", "Data mx ptr c@d Q1"], seen[..4]);
    }

    [Theory]
    [InlineData("00000002630A", "followed by 1 data bytes")]
    [InlineData("000000016300000001", "more than the one reply")]
    [InlineData("0000000170", "may not come there")]
    [InlineData("0000000173", "may not come there")]
    [InlineData("000000067935303000", "closed the connection")]
    [InlineData("0000000679353030000A", "exactly one NUL")]
    [InlineData("00000006793530302000", null)]
    [InlineData("000000067932303020 00", "malformed")]
    [InlineData("00000009793530302035302500", "lone percent")]
    [InlineData("0000000B79353530 20342E372E3100", "malformed")]
    [InlineData("00000000", "length 0")]
    [InlineData("", "closed the connection")]
    public async Task Reply_NotByTheProtocol_IsAnError(string hex, string? expected)
    {
        var answer = Frames.Of('O', Frames.U32(6), Frames.U32(0), Frames.U32(0));
        var transport = new ChunkTransport([answer, Convert.FromHexString(hex.Replace(" ", ""))]);
        await using var client = new MilterClient(transport);
        await client.NegotiateAsync(CancellationToken.None);
        var helo = async () => await client.HeloAsync("x", CancellationToken.None);

        if (expected is null)
        {
            Assert.Equal(500, (await helo()).SmtpCode);
            return;
        }

        Assert.Contains(expected, (await Assert.ThrowsAsync<MilterClientException>(helo)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7, 0, 0, "version 7")]
    [InlineData(1, 0, 0, "version 1")]
    [InlineData(6, 0x200, 0, "actions")]
    [InlineData(6, 0, 0x200000, "steps")]
    public async Task Negotiation_MoreThanOffered_IsAnError(uint version, uint actions, uint steps, string expected)
    {
        await using var client = new MilterClient(ChunkTransport.Whole(Frames.Of('O', Frames.U32(version), Frames.U32(actions), Frames.U32(steps))));
        var error = await Assert.ThrowsAsync<MilterClientException>(() => client.NegotiateAsync(CancellationToken.None));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sockets_TcpAndUnix_ServeTheSame()
    {
        var path = Path.Combine(Path.GetTempPath(), $"pm-{Guid.NewGuid():N}.sock");
        try
        {
            await OverSocketAsync(new UnixDomainSocketEndPoint(path), _ => new MilterAddress(MilterAddressKind.Unix, path, 0));
            await OverSocketAsync(new IPEndPoint(IPAddress.Loopback, 0), e => new MilterAddress(MilterAddressKind.Inet, "127.0.0.1", ((IPEndPoint)e!).Port));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async Task OverSocketAsync(EndPoint endPoint, Func<EndPoint?, MilterAddress> addressOf)
    {
        using var listener = new Socket(endPoint.AddressFamily, SocketType.Stream, endPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        listener.Bind(endPoint);
        listener.Listen();
        var handler = new ScriptedHandler();
        var serving = Task.Run(async () => await Serve.RunAsync(new SocketTransport(await listener.AcceptAsync()), handler, _observer));
        await using (var client = await MilterClient.DialAsync(addressOf(listener.LocalEndPoint), null, CancellationToken.None))
        {
            var sender = new MessageSender(client);
            await sender.BeginAsync(Facts, "x", CancellationToken.None);
            var outcome = await sender.SendAsync(Message() with { Body = new byte[300_000] }, CancellationToken.None);
            Assert.Equal(VerdictKind.Continue, outcome.Final.Kind);
        }

        await serving;
        Assert.Equal(5, handler.Calls.Count(c => c.StartsWith("Body", StringComparison.Ordinal)));
        Assert.Empty(_observer.Warnings);
    }

    private async Task<MessageOutcome> SendAsync(ScriptedHandler handler, OutgoingMessage message, Offer? offer)
    {
        var (mta, filter) = MemoryTransport.CreatePair();
        var session = Serve.RunAsync(filter, handler, _observer);
        MessageOutcome outcome;
        await using (var client = new MilterClient(mta, offer))
        {
            await client.NegotiateAsync(CancellationToken.None);
            var sender = new MessageSender(client);
            await sender.BeginAsync(Facts, "mail.example", CancellationToken.None);
            outcome = await sender.SendAsync(message, CancellationToken.None);
            await client.QuitAsync(CancellationToken.None);
        }

        await session;
        return outcome;
    }

    private static OutgoingMessage Message() => new()
    {
        Sender = new EnvelopeAddress("<a@b>"),
        Recipients = [new EnvelopeAddress("<c@d>")],
        Headers = [MailHeader.Of("Subject", "hello\n world")],
        Body = "text\r\n"u8.ToArray(),
    };
}
