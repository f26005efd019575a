using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Content;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding.Catalogs;

/// <summary>Fields of what a message contains, and of one part of it.</summary>
internal static class ContentFields
{
    public const MilterEvents Events = MilterEvents.Header | MilterEvents.Body;

    public static IReadOnlyList<Field> All { get; } =
    [
        Content(NewField.Number("attachment_count", Phase.Eom, Events, "Parts with a file name, said to be attachments, or neither text nor message.", static c => c.Transaction.Message.Content.AttachmentCount)),
        Content(NewField.Text("attachment_names", Phase.Eom, Events, "Their file names, separated by ', '.", static c => c.Transaction.Message.Content.AttachmentNames)),
        Content(NewField.Bool("content_truncated", Phase.Eom, Events, "Not all parts were looked at: a limit of content, or no MIME that can be followed.", static c => c.Transaction.Message.Content.IsTruncated)),
        NewField.Bool("body_truncated", Phase.Eom, Events, "Texts go on beyond content.body_limit.", static c => c.Transaction.Message.Content.IsTextTruncated) with { Content = ContentNeeds.Parts | ContentNeeds.Text },

        Part(NewField.Text("part_type", Phase.Eom, Events, "Content type of this part: 'text/html'.", static c => Of(c)?.Type ?? string.Empty)),
        Part(NewField.Text("part_name", Phase.Eom, Events, "Its file name, decoded, without what is not seen; '' for none.", static c => Of(c)?.Name ?? string.Empty)),
        Part(NewField.Text("part_ext", Phase.Eom, Events, "Its extension, lower case, without the dot.", static c => Of(c)?.Extension ?? string.Empty)),
        Part(NewField.Number("part_size", Phase.Eom, Events, "Its decoded bytes.", static c => Of(c)?.Size ?? 0)),
        Part(NewField.Text("part_disposition", Phase.Eom, Events, "'attachment', 'inline' or ''.", static c => Of(c)?.Disposition ?? string.Empty)),
        Part(NewField.Text("part_charset", Phase.Eom, Events, "Its charset as written, lower case.", static c => Of(c)?.Charset ?? string.Empty)),
        Part(NewField.Number("part_depth", Phase.Eom, Events, "0 for a message that is one part, one more for each multipart or message around it.", static c => Of(c)?.Depth ?? 0)),
        Part(NewField.Bool("part_is_attachment", Phase.Eom, Events, "Whether attachment_count counts it.", static c => Of(c)?.IsAttachment ?? false)),
        Part(NewField.Number("part_entries", Phase.Eom, Events, "File names found in it, where it is a zip archive.", static c => Of(c)?.Entries.Count ?? 0)),
        Part(NewField.Bool("part_encrypted", Phase.Eom, Events, "It is a zip archive with a file that needs a password.", static c => Of(c)?.IsEncrypted ?? false)),
    ];

    private static Field Content(Field field) => field with { Content = ContentNeeds.Parts };

    private static Field Part(Field field) => field with { Content = ContentNeeds.Parts, IsOnly = true, IsOfPart = true };

    private static ContentPart? Of(EvaluationContext context) => context.Transaction.Part;
}
