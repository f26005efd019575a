using Pmilter.Protocol.Replies;

namespace Pmilter.Rehearsal;

/// <summary>A change of a message in words.</summary>
internal static class ModificationText
{
    public static string Of(Modification modification) => modification switch
    {
        AddHeader add => $"add header {add.Name}: {add.Value}",
        InsertHeader insert => $"insert header at {insert.Index} {insert.Name}: {insert.Value}",
        ChangeHeader change => $"change header {change.Name}[{change.Index}]: {change.Value}",
        DeleteHeader delete => $"delete header {delete.Name}[{delete.Index}]",
        ChangeSender sender => $"change sender to {sender.Address} {sender.Arguments}".TrimEnd(),
        AddRecipient add => $"add recipient {add.Address} {add.Arguments}".TrimEnd(),
        DeleteRecipient delete => $"delete recipient {delete.Address}",
        ReplaceBody body => $"replace body by {body.Body.Length} bytes",
        _ => modification.ToString() ?? string.Empty,
    };
}
