using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Scripts;

/// <summary>From a script's operations to changes of the message.</summary>
internal static class ScriptChanges
{
    /// <summary>Null where the operation is none, or its arguments make no sense.</summary>
    public static Modification? Of(ScriptOperation operation)
    {
        var arguments = operation.Arguments;
        var first = TextAt(arguments, 0);
        var second = TextAt(arguments, 1);
        return operation.Name switch
        {
            "add_header" when IsName(first) && second is not null => new AddHeader(first!, second),
            "insert_header" when IsName(first) && second is not null => new InsertHeader(IndexAt(arguments, 2, 1), first!, second),
            "change_header" when IsName(first) && second is not null => new ChangeHeader(first!, Math.Max(IndexAt(arguments, 2, 1), 1), second),
            "delete_header" when IsName(first) => new DeleteHeader(first!, IndexAt(arguments, 1, 0)),
            "change_sender" when first is not null => new ChangeSender(first, Given(second)),
            "add_recipient" when first is { Length: > 0 } => new AddRecipient(first, Given(second)),
            "delete_recipient" when first is { Length: > 0 } => new DeleteRecipient(first),
            "replace_body" when arguments is [{ Bytes: { } bytes }, ..] => new ReplaceBody(bytes),
            "replace_body" when first is not null => new ReplaceBody(MailText.Encode(first.ReplaceLineEndings("\r\n"))),
            _ => null,
        };
    }

    public static MilterActions ActionOf(Modification change) => change switch
    {
        AddHeader or InsertHeader => MilterActions.AddHeaders,
        ChangeHeader or DeleteHeader => MilterActions.ChangeHeaders,
        ChangeSender => MilterActions.ChangeSender,
        AddRecipient { Arguments: not null } => MilterActions.AddRecipientsWithArguments,
        AddRecipient => MilterActions.AddRecipients,
        DeleteRecipient => MilterActions.DeleteRecipients,
        _ => MilterActions.ChangeBody,
    };

    private static string? TextAt(IReadOnlyList<ScriptValue> arguments, int index) => index < arguments.Count ? arguments[index].Text : null;

    private static int IndexAt(IReadOnlyList<ScriptValue> arguments, int index, int standard) =>
        index < arguments.Count && arguments[index].Number is { } number ? (int)Math.Clamp(number, 0, 10_000) : standard;

    private static string? Given(string? arguments) => string.IsNullOrEmpty(arguments) ? null : arguments;

    /// <summary>RFC 5322 2.2: printable ASCII but the colon.</summary>
    private static bool IsName(string? name) => name is { Length: > 0 and <= 998 } && name.All(c => c is > ' ' and < (char)127 and not ':');
}
