using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Sessions;
using Xunit;

namespace Pmilter.Policies.Tests.Mail;

public sealed class FactTests
{
    [Theory]
    [InlineData("client_ip=192.0.2.1", "192.0.2.1 ip4 192.0.2.0/24")]
    [InlineData("client_ip=::ffff:192.0.2.1; family=6", "192.0.2.1 ip4 192.0.2.0/24")]
    [InlineData("client_ip=IPv6:0:0:0:0:0:0:0:1", "::1 ip6 ::/64")]
    [InlineData("client_ip=ipv6:2001:DB8:1:2:3::9", "2001:db8:1:2:3::9 ip6 2001:db8:1:2::/64")]
    [InlineData("client_ip=unknown; family=4", " unknown ")]
    [InlineData("client_ip=0x7f.1; family=4", " unknown ")]
    [InlineData("client_ip=; family=U", " unknown ")]
    [InlineData("client_ip=/var/run/x; family=L", " unix ")]
    public void Client_Address_IsRead(string facts, string expected)
    {
        var client = Mother.Transaction(StoryReader.Read(facts)).Connection.Client;

        Assert.Equal(expected, $"{client.Address} {client.Family} {client.Net}");
    }

    [Theory]
    [InlineData("host=Mail.Example.ORG", "mail.example.org", "mail.example.org")]
    [InlineData("host=[203.0.113.9]", "", "")]
    [InlineData("host=unknown", "", "")]
    [InlineData("host=[203.0.113.9]; macro.client_ptr=ptr.example", "", "ptr.example")]
    [InlineData("host=a.example; macro.client_resolve=FORGED", "", "a.example")]
    [InlineData("host=a.example; macro.client_resolve=OK", "a.example", "a.example")]
    [InlineData("host=a.example; macro._=a.example [203.0.113.9] (may be forged)", "", "a.example")]
    [InlineData("host=a.example; macro.client_ptr=unknown", "a.example", "a.example")]
    public void Client_Name_OnlyIfVerified(string facts, string name, string pointer)
    {
        var client = Mother.Transaction(StoryReader.Read(facts)).Connection.Client;

        Assert.Equal((name, pointer), (client.Name, client.Pointer));
    }

    [Theory]
    [InlineData("port=25", "smtp")]
    [InlineData("macro.auth_authen=alice", "submission")]
    [InlineData("macro.daemon_port=587", "submission")]
    [InlineData("macro.daemon_name=ORIGINATING", "submission")]
    [InlineData("host=localhost; client_ip=127.0.0.1; port=0", "local")]
    [InlineData("host=localhost; client_ip=127.0.0.1; port=40000", "smtp")]
    [InlineData("host=localhost; client_ip=; family=U; port=0", "local")]
    public void Origin_OfSession_IsTold(string facts, string expected) =>
        Assert.Equal(expected, Mother.Transaction(StoryReader.Read(facts)).Origin);

    [Theory]
    [InlineData("<alice@Example.ORG>", "alice@example.org", "alice@example.org")]
    [InlineData("alice@example.org", "alice@example.org", "alice@example.org")]
    [InlineData("root", "root", "root")]
    [InlineData("<>", "", "")]
    [InlineData("<@relay.example,@b.example:alice@example.org>", "alice@example.org", "alice@example.org")]
    [InlineData("<\"alice\"@example.org>", "alice@example.org", "alice@example.org")]
    [InlineData("<\"a b>c\"@example.org>", "\"a b>c\"@example.org", "\"a b>c\"@example.org")]
    [InlineData("<a@bücher.example>", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example")]
    [InlineData("<a@example.org> SMTPUTF8 SIZE=7", "a@example.org", "a@example.org")]
    [InlineData("<list-bounces+bob=example.jp@list.example>", "list-bounces+bob=example.jp@list.example", "list-bounces@list.example")]
    [InlineData("<list-return-12-bob=example.jp@list.example>", "list-return-12-bob=example.jp@list.example", "list-return@list.example")]
    [InlineData("<SRS0=HHH=TT=example.org=alice@fwd.example>", "SRS0=HHH=TT=example.org=alice@fwd.example", "alice@example.org")]
    [InlineData("<SRS1=HH=fwd.example==HHH=TT=example.org=alice@two.example>", "SRS1=HH=fwd.example==HHH=TT=example.org=alice@two.example", "alice@example.org")]
    [InlineData("<prvs=0123456789=alice@example.org>", "prvs=0123456789=alice@example.org", "alice@example.org")]
    public void MailFrom_Argument_IsRead(string argument, string address, string bare)
    {
        var sender = Mother.Transaction(new Story { MailFrom = argument }).Message.Sender;

        Assert.Equal((address, bare), (sender.Address.Text, sender.BaseAddress));
        Assert.Equal(argument == "<>", sender.IsBounce);
    }

    [Fact]
    public void MailFrom_ArgumentsInsideFirst_AreParameters()
    {
        var sender = Mother.Transaction(new Story { MailFrom = "<a@example.org> SMTPUTF8 SIZE=7" }).Message.Sender;

        Assert.True(sender.Parameters.IsSmtpUtf8);
        Assert.Equal(7, sender.Parameters.DeclaredSize);
    }

    [Theory]
    [InlineData("Alice <alice@example.org>", "alice@example.org", "Alice")]
    [InlineData("\"Bank, \\\"Ltd\\\"\" <x@bank.example>", "x@bank.example", "Bank, \"Ltd\"")]
    [InlineData("alice@example.org (Alice (A.))", "alice@example.org", "Alice (A.)")]
    [InlineData("Friends: Bob <bob@example.jp>, al@example.org;", "bob@example.jp", "Bob")]
    [InlineData("=?iso-2022-jp?B?GyRCRXZBKhsoQg==?= <a@example.jp>", "a@example.jp", "当選")]
    [InlineData("=?Shift_JIS?B?k5aRSQ==?= <a@example.jp>", "a@example.jp", "当選")]
    [InlineData("=?iso-8859-1?Q?J=F6rg?=\n =?iso-8859-1?Q?_M?= <j@example.org>", "j@example.org", "Jörg M")]
    [InlineData("\"service@bank.example\" <x@evil.example>", "x@evil.example", "service@bank.example")]
    [InlineData("nobody at all", "nobody at all", "")]
    [InlineData("undisclosed-recipients:;", "undisclosed-recipients:;", "")]
    [InlineData("<broken@example.org", "broken@example.org", "")]
    public void HeaderFrom_Value_IsRead(string value, string address, string name)
    {
        var from = Mother.Transaction(new Story { Headers = [("From", value)] }).Message.Headers.From;

        Assert.Equal((address, name), (from.Address, from.Name));
    }

    [Theory]
    [InlineData("=?UTF-8?B?5b2T6YG4?=", "当選")]
    [InlineData("=?utf-8?B?5b2T?= =?utf-8?B?6YG4?=", "当選")]
    [InlineData("=?utf-8?B?5b0=?= =?utf-8?B?kw==?=", "当")]
    [InlineData("=?utf-8*en?Q?a=20b?= c", "a b c")]
    [InlineData("=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c")]
    [InlineData("=?nonsense?Q?a?=", "=?nonsense?Q?a?=")]
    [InlineData("=?utf-8?B?***?=", "=?utf-8?B?***?=")]
    [InlineData("=?", "=?")]
    [InlineData("a\n b", "a b")]
    public void Subject_Encoded_IsDecoded(string value, string expected) =>
        Assert.Equal(expected, Mother.Transaction(new Story { Headers = [("Subject", value)] }).Message.Headers.Value("Subject"));

    [Fact]
    public void Headers_BeyondLimit_AreCountedNotKept()
    {
        var transaction = new Transaction(new Unplaced(), "mx") { HeadersLimitBytes = 60, WantedHeaders = new(["subject", "x-late"], []) };
        Mother.Play(transaction, new Story { Headers = [("Subject", "kept"), ("X-Unread", "read by nobody"), ("X-Long", new string('a', 50)), ("X-Late", "lost")] });

        Assert.True(transaction.Message.Headers.IsTruncated);
        Assert.Equal(4, transaction.Message.Headers.Count);
        Assert.Equal("kept", transaction.Message.Headers.Value("subject"));
        Assert.Equal(string.Empty, transaction.Message.Headers.Value("x-late"));
        Assert.Equal(string.Empty, transaction.Message.Headers.Value("x-unread"));
        Assert.Equal(1, transaction.Message.HeaderCountOf("X-LATE"));
    }

    [Fact]
    public void Headers_OfEndlessNames_AreCountedInBoundedMemory()
    {
        var headers = new HeaderFacts();
        var wanted = new WantedHeaders(["X-Late"], []);
        for (var i = 0; i < 50_000; i++)
        {
            headers.Add($"X{i}", "v"u8, wanted, 1_000);
        }

        headers.Add("X-Late", "v"u8, wanted, 1_000);
        headers.Add("X1", "v"u8, wanted, 1_000);

        Assert.Equal((50_002, 10_001), (headers.Count, headers.Names.Count));
        Assert.Equal((1, 2, 0), (headers.CountOf("x-late"), headers.CountOf("X1"), headers.CountOf("X49999")));
    }

    [Fact]
    public void SecondMessage_AfterTheFirst_InheritsNothingButTheConnection()
    {
        var transaction = Mother.Transaction(new Story());
        transaction.Connection.Annotations.AddTag("seen", shadow: false);
        transaction.Message.Annotations.AddTag("first", shadow: false);
        transaction.EndMessage();
        transaction.Apply(new MailCommand(Mother.Bytes("<>"), default), MacroTable.Of(new Dictionary<string, string>()));

        Assert.Empty(transaction.Message.Recipients);
        Assert.Equal(0, transaction.Message.Headers.Count);
        Assert.Equal(["seen"], transaction.Message.Annotations.Tags);
        Assert.NotNull(transaction.Connection.Client.Address);
    }

    private sealed class Unplaced : Policies.Facts.IGeoSource
    {
        public Policies.Facts.GeoPlace Find(System.Net.IPAddress address) => Policies.Facts.GeoPlace.Unknown;
    }
}
