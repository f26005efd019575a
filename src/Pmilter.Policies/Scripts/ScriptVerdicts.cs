using System.Globalization;
using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Scripts;

/// <summary>What a script decided, as the session can send it.</summary>
/// <param name="Outcome">The language's word; <c>continue</c> when nothing was decided.</param>
/// <param name="Reason">Of a quarantine.</param>
/// <param name="Mistake">Why the decision cannot be taken: the rule's on_error decides; null for none.</param>
internal readonly record struct ScriptVerdict(string Outcome, Verdict Verdict, string? Reason = null, string? Mistake = null)
{
    public static ScriptVerdict None => new("continue", Verdict.Continue);

    public static ScriptVerdict Wrong(string mistake) => new("continue", Verdict.Continue, null, mistake);
}

/// <summary>From SMFIS_* numbers and from <c>reject</c>, <c>tempfail</c> and their like to verdicts.</summary>
internal sealed class ScriptVerdicts(EngineOptions options)
{
    /// <summary>The operations that decide; the last of them counts, and before the status.</summary>
    public static bool IsVerdict(ScriptOperation operation) => operation.Name is "accept" or "reject" or "tempfail" or "discard" or "quarantine";

    /// <summary>SMFIS_NOREPLY would leave the MTA waiting, and an unknown number did so in the original.</summary>
    public ScriptVerdict OfStatus(int status, Phase phase) => status switch
    {
        _ when phase >= Phase.Abort => ScriptVerdict.None,
        0 => ScriptVerdict.None,
        1 => new("reject", Verdict.Reject(Reply(options.RejectReply))),
        2 => Discard(phase),
        3 => new("accept", Verdict.Accept),
        4 => new("tempfail", Verdict.Tempfail(Reply(options.TempfailReply))),
        8 when phase is Phase.Header or Phase.Body => new("skip", Verdict.Skip),
        8 => ScriptVerdict.Wrong("Pmilter.status = SMFIS_SKIP is for header and body"),
        7 => ScriptVerdict.Wrong("Pmilter.status = SMFIS_NOREPLY would leave the MTA waiting"),
        _ => ScriptVerdict.Wrong(string.Create(CultureInfo.InvariantCulture, $"Pmilter.status = {status} is no SMFIS_ value that a handler may give")),
    };

    public ScriptVerdict OfOperation(ScriptOperation operation, Phase phase)
    {
        var text = operation.Arguments is [{ Text: { } given }, ..] ? given : string.Empty;
        if (phase >= Phase.Abort)
        {
            return ScriptVerdict.Wrong($"line {operation.Line}: nobody waits for {operation.Name} any more");
        }

        return operation.Name switch
        {
            "accept" => new("accept", Verdict.Accept),
            "discard" => Discard(phase),
            "quarantine" when phase == Phase.Eom => new("quarantine", Verdict.Continue, text.Length > 0 ? text : "held by a handler"),
            "quarantine" => ScriptVerdict.Wrong($"line {operation.Line}: MTAs take quarantine at eom only"),
            "reject" => Refusal(operation, text, 550, options.RejectReply),
            _ => Refusal(operation, text, 451, options.TempfailReply),
        };
    }

    private static ScriptVerdict Discard(Phase phase) => phase is Phase.Connect or Phase.Helo or Phase.Unknown
        ? ScriptVerdict.Wrong("discard needs a message")
        : new ScriptVerdict("discard", Verdict.Discard);

    private static ScriptVerdict Refusal(ScriptOperation operation, string text, int code, string standard)
    {
        var parsed = ReplyText.Parse(text.Length > 0 ? text : standard);
        var given = parsed.Code ?? code;
        if (given / 100 != code / 100 || !SmtpReply.TryCreate(given, parsed.EnhancedCode, parsed.Text.Split('\n'), out var reply, out var error))
        {
            return ScriptVerdict.Wrong($"line {operation.Line}: '{text}' is no reply of {operation.Name}");
        }

        _ = error;
        return operation.Name == "reject" ? new("reject", Verdict.Reject(reply)) : new("tempfail", Verdict.Tempfail(reply));
    }

    private static SmtpReply? Reply(string text)
    {
        var parsed = ReplyText.Parse(text);
        return SmtpReply.TryCreate(parsed.Code ?? (parsed.EnhancedCode.StartsWith('4') ? 451 : 550), parsed.EnhancedCode, [parsed.Text], out var reply, out _) ? reply : null;
    }
}
