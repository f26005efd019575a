using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Policies.Syntax;

/// <summary>Reads one greylist: <c>{ key, delay: 5m, retry_within: 2d, remember: 35d, trust_client_after: 5, learn_for: 7d }</c>.</summary>
internal static class GreylistReader
{
    // The defaults of postgrey, which most administrators know.
    private static readonly TimeSpan Delay = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryWithin = TimeSpan.FromDays(2);
    private static readonly TimeSpan Remember = TimeSpan.FromDays(35);

    public static GreylistSyntax? Read(YamlEntry entry, DiagnosticBag diagnostics)
    {
        if (entry.Value is not YamlMapping mapping)
        {
            diagnostics.Add(ShapeDiagnostics.WrongKind(entry.Value.Span, entry.Key.Value, MappingReader.KindOf(entry.Value), "a greylist: { key, delay, … }"));
            return null;
        }

        var greylist = new MappingReader(mapping, StateKeys.Greylist, diagnostics);
        if (greylist.Require("key", "write key: [client_net, mail_from, rcpt_to]") && greylist.Node("key") is YamlSequence { Items.IsEmpty: true } empty)
        {
            diagnostics.Add(ShapeDiagnostics.Conflict(empty.Span, "a greylist without a key would let everybody in after the first", "write key: [client_net, mail_from, rcpt_to] or the like"));
        }

        var delay = greylist.Duration("delay");
        var within = greylist.Duration("retry_within");
        var remember = greylist.Duration("remember");
        var syntax = new GreylistSyntax(
            new Located<string>(entry.Key.Value, entry.Key.Span),
            KeyReader.Read(greylist),
            delay?.Value ?? Delay,
            within?.Value ?? RetryWithin,
            remember?.Value ?? Remember,
            greylist.Integer("trust_client_after") ?? 0,
            greylist.Duration("learn_for")?.Value ?? TimeSpan.Zero,
            greylist.Choice("unknown", PolicyWords.Unknown)?.Value ?? UnknownKeys.Skip);
        if (syntax.RetryWithin <= syntax.Delay)
        {
            diagnostics.Add(ShapeDiagnostics.Conflict((within ?? delay)!.Span, "no retry could ever pass: it must come after the delay and before the end of retry_within", $"write a retry_within longer than {ValueReader.Show(syntax.Delay)}"));
        }

        return syntax;
    }
}
