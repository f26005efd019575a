using System.Buffers;
using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Wire;

namespace Pmilter.Fuzz.Targets;

/// <summary>Bytes to strings and back; addresses, domains and header fields out of them.</summary>
internal sealed class TextTarget : IFuzzTarget
{
    private static readonly string[] Words =
    [
        "<a@example.jp>", "a@b", "\"a b\"@example.jp", "A <a@b>, b@c", "group: a@b, c@d;", "=?utf-8?B?5pel5pys?=", "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "SIZE=100", "BODY=8BITMIME", "SMTPUTF8", " (comment)", "@a,@b:c@d", "xn--wgv71a.example",
    ];

    private static readonly SearchValues<char> NeverShown = SearchValues.Create("\r\n\0\u001b\u009b\u202e");

    public string Name => "text";

    public string Promise => "bytes come back as they were; addresses, domains and encoded words of any bytes are read without an error";

    public void Try(Dice dice)
    {
        var bytes = Mutation.Of(dice, MailText.Encode(dice.Of(Words)), 5);
        var text = MailText.Decode(bytes);
        BrokenPromiseException.ThrowUnless(MailText.Encode(text).AsSpan().SequenceEqual(bytes), "the bytes do not come back");
        BrokenPromiseException.ThrowUnless(MailText.HasRawBytes(text) || !text.Contains('\udc80'), "raw bytes are not seen");

        var address = EnvelopeAddress.Parse(text, out var rest);
        _ = EsmtpParameters.Read(MailText.Decode(bytes), rest);
        _ = SenderBase.Of(address);
        _ = DomainText.NormalizeAddress(text);
        _ = DomainText.Normalize(text);

        _ = Mailbox.First(text);
        _ = Mailbox.Addresses(text);
        _ = HeaderText.Read(text);
        var shown = DisplayText.Clean(text);
        BrokenPromiseException.ThrowUnless(!shown.AsSpan().ContainsAny(NeverShown), "a shown text has control characters");
    }
}
