using Pmilter.Fuzz.Inputs;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Wire;

namespace Pmilter.Fuzz.Targets;

/// <summary>What an MTA says that keeps to the protocol, and the commands whose replies it waits for.</summary>
internal sealed class Conversation
{
    /// <summary>Those that end in NUL are whole; the others go on with anything.</summary>
    private static readonly string[] FieldNames = ["Subject\0", "From\0", "Message-ID\0", "Reply-To\0", "To\0", "Content-Type\0", "Authentication-Results\0", "X-"];

    private readonly Dice _dice;
    private readonly List<byte> _bytes = [];
    private readonly List<CommandCode> _due = [];

    private Conversation(Dice dice, Agreement agreement)
    {
        _dice = dice;
        Agreement = agreement;
    }

    public Agreement Agreement { get; }

    public byte[] Bytes => [.. _bytes];

    public IReadOnlyList<CommandCode> Due => _due;

    /// <summary>One client, some messages, in the order of libmilter's state table; not said is what was declined.</summary>
    public static Conversation Legal(Dice dice, Requirements needs)
    {
        var (version, actions, steps) = ((uint)dice.Between(2, 7), (uint)dice.Next() & 0x3FF, dice.OneIn(3) ? 0x1FFFFFu : (uint)dice.Next() & 0x1FFFFF);
        var offer = Packets.Offer(version, actions, steps);
        var agreement = Negotiator.Agree(NegotiationCodec.DecodeOffer(offer.AsSpan(5)), needs);
        var conversation = new Conversation(dice, agreement);
        conversation._bytes.AddRange(offer);
        conversation.Say(CommandCode.Connect, Text("mx.example\04\0\x19192.0.2.1\0"));
        for (var left = dice.Below(3); left > 0; left--)
        {
            conversation.Say(CommandCode.Helo, conversation.Words(1));
            conversation.Message();
            if (dice.OneIn(4))
            {
                conversation.Say(CommandCode.Unknown, conversation.Words(1));
            }
        }

        if (dice.OneIn(2))
        {
            conversation._bytes.AddRange(Packets.Of((byte)CommandCode.Quit, []));
        }

        return conversation;
    }

    /// <summary>Any commands in any order.</summary>
    public static byte[] Illegal(Dice dice)
    {
        const string Codes = "ABCDEHKLMNOQRTUZ";
        var bytes = new List<byte>(Packets.Offer(6, 0x1FF, 0x1FFFFF));
        for (var left = dice.Below(25); left > 0; left--)
        {
            var data = dice.Below(5) switch
            {
                0 => dice.Bytes(dice.Below(40)),
                1 => Text("<a@b>\0"),
                2 => Text("mx\04\0\x19192.0.2.1\0"),
                3 => Text(Nasty.Text(dice) + "\0"),
                _ => [],
            };
            bytes.AddRange(Packets.Of((byte)Codes[dice.Below(Codes.Length)], data));
        }

        return [.. bytes];
    }

    private void Message()
    {
        Say(CommandCode.Mail, Words(_dice.Between(1, 3)));
        for (var left = _dice.Between(1, 3); left > 0; left--)
        {
            Say(CommandCode.Rcpt, Words(_dice.Between(1, 2)));
        }

        if (_dice.OneIn(4))
        {
            _bytes.AddRange(Packets.Of((byte)CommandCode.Abort, []));
            return;
        }

        Say(CommandCode.Data, []);
        for (var left = _dice.Below(4); left > 0; left--)
        {
            Say(CommandCode.Header, Field());
        }

        Say(CommandCode.EndOfHeaders, []);
        for (var left = _dice.Below(3); left > 0; left--)
        {
            Say(CommandCode.Body, _dice.Bytes(_dice.Below(30)));
        }

        Say(CommandCode.EndOfMessage, []);
    }

    private void Say(CommandCode command, byte[] data)
    {
        var kind = EventSteps.EventOf(command);
        if (!Agreement.Events.HasFlag(kind))
        {
            return;
        }

        if (_dice.OneIn(3) && command != CommandCode.Unknown)
        {
            _bytes.AddRange(Packets.Of((byte)CommandCode.Macro, [(byte)command, .. Words(2)]));
        }

        _bytes.AddRange(Packets.Of((byte)command, data));
        if (Agreement.Replies.HasFlag(kind))
        {
            _due.Add(command);
        }
    }

    private byte[] Field()
    {
        var name = _dice.Of(FieldNames);
        return [.. Text(name), .. Words(name.EndsWith('\0') ? 1 : 2)];
    }

    /// <summary>Strings with their NULs; what is between those is anything else.</summary>
    private byte[] Words(int count)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < count; i++)
        {
            bytes.AddRange(Text(Nasty.Text(_dice, 3).Replace("\0", "0", StringComparison.Ordinal)));
            bytes.Add(0);
        }

        return [.. bytes];
    }

    private static byte[] Text(string text) => MailText.Encode(text);
}
