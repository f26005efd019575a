using System.Globalization;
using Pmilter.Effects.Counters;
using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;
using Pmilter.Policies.Evaluation;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Fuzz.Targets;

/// <summary>Everything that a sender may choose, in every text that a policy may build of it.</summary>
internal sealed class InjectionTarget : IFuzzTarget
{
    private static readonly PolicySet[] Sets =
    [
        Refusing("helo", "{helo} {client_name} {my_hostname}"), Refusing("mail", "{mail_from} {mail_from_domain} {helo}"), Refusing("rcpt", "{rcpt_to} {mail_from} {sasl_login}"),
        Refusing("eoh", "{subject} {header_from} {header_from_name} {message_id} {reply_to}"), Compile(Changing),
    ];

    private const string Changing = """
        policy: inject
        rules:
          - id: changes
            phase: eom
            when: "header_count >= 0"
            then:
              - add_header: 'X-A: {mail_from} {subject} {header_from_name}'
              - insert_header: 'X-B: {helo} {client_name}'
              - change_header: 'Subject: [x] {subject}'
              - add_recipient: '{mail_from}'
              - change_sender: '{header_from}'
              - quarantine: '{subject} {header_from}'
        """;

    public string Name => "injection";

    public string Promise => "what a sender writes stays within the line of the reply, the value of the field and the address that a policy puts it into";

    public void Try(Dice dice)
    {
        var set = dice.Of(Sets);
        var written = EngineHandler.Serve(Conversation.Legal(dice, set.Requirements).Bytes, set, new MemoryStateStore());
        foreach (var frame in written.Skip(1))
        {
            if (ReplyDecoder.Verdict(frame) is { } verdict)
            {
                BrokenPromiseException.ThrowUnless(verdict.Text is null || !verdict.Text.Contains('\n'), $"a line more in '{verdict.Text}'");
                CheckShown(verdict.Text);
            }
            else if (ReplyDecoder.Modification(frame) is { } change)
            {
                Check(change);
            }
            else
            {
                CheckShown(ReplyDecoder.QuarantineReason(frame));
            }
        }
    }

    private static void Check(Modification change)
    {
        var (line, value) = change switch
        {
            AddHeader header => (header.Name, header.Value),
            InsertHeader header => (header.Name, header.Value),
            ChangeHeader header => (header.Name, header.Value),
            ChangeSender sender => (sender.Address + sender.Arguments, string.Empty),
            AddRecipient recipient => (recipient.Address + recipient.Arguments, string.Empty),
            _ => (string.Empty, string.Empty),
        };
        CheckShown(line);
        for (var i = value.IndexOf('\n'); i >= 0; i = value.IndexOf('\n', i + 1))
        {
            BrokenPromiseException.ThrowUnless(i + 1 < value.Length && value[i + 1] is ' ' or '\t', $"a field more in '{value}'");
        }

        CheckShown(value.Replace("\n", string.Empty, StringComparison.Ordinal).Replace("\t", string.Empty, StringComparison.Ordinal));
    }

    /// <summary>No control character but the ones that were taken out: a terminal, a log or a mail program shows it as it is.</summary>
    private static void CheckShown(string? text)
    {
        foreach (var c in text ?? string.Empty)
        {
            var category = char.GetUnicodeCategory(c);
            BrokenPromiseException.ThrowUnless(category is not (UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator), string.Create(CultureInfo.InvariantCulture, $"U+{(int)c:X4} in '{text}'"));
        }
    }

    private static PolicySet Refusing(string phase, string values) => Compile($$"""
        policy: refuse
        rules:
          - id: refuse
            phase: {{phase}}
            when: "client_ip <> '192.0.2.77' or true"
            then:
              - reject: '5.7.1 No {{values}}'
        """);

    private static PolicySet Compile(string policy) => Compiled.Compile(new Policies.Compilation.CompilerOptions { Now = Scenario.Start }, policy);
}
