using MimeKit;
using Pmilter.Policies.Evaluation.Changes;
using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Mail.Bodies;

/// <summary>
/// Adds text to what people read: the first text of a message, in each of its alternatives. Every byte outside those parts stays as it
/// is. Signed and encrypted mail is left alone: the text would break it.
/// </summary>
internal static class BodyEdit
{
    private const int MaxDepth = 20;

    public static EditedBody Apply(BodyHeaders headers, ReadOnlyMemory<byte> body, IReadOnlyList<AddToBody> additions)
    {
        byte[] entity = [.. headers.ToEntityHead(), .. body.Span];
        var places = new Dictionary<MimeEntity, PartPlace>();
        MimeEntity root;
        try
        {
            using var stream = new MemoryStream(entity, writable: false);
            var parser = new MimeParser(new ParserOptions { MaxMimeDepth = MaxDepth }, stream, MimeFormat.Entity, persistent: true);
            parser.MimeEntityEnd += (_, e) => places[e.Entity] = new PartPlace((int)e.BeginOffset, (int)e.HeadersEndOffset, (int)e.EndOffset);
            root = parser.ParseEntity();
            return Edit(root, places, entity, headers, additions);
        }
        catch (FormatException)
        {
            return EditedBody.Refused("the message is no MIME that can be read");
        }
    }

    private static EditedBody Edit(MimeEntity root, Dictionary<MimeEntity, PartPlace> places, byte[] entity, BodyHeaders headers, IReadOnlyList<AddToBody> additions)
    {
        var texts = new List<TextPart>();
        if (Find(root, texts) is { } reason)
        {
            return EditedBody.Refused(reason);
        }

        if (texts.Count == 0)
        {
            return EditedBody.Refused("it has no text that people read");
        }

        var changes = new List<Modification>();
        using var edited = new MemoryStream(entity.Length + 1024);
        var from = places[root].HeadersEnd;
        foreach (var text in texts)
        {
            var place = places[text];
            if (PartEdit.Apply(text, entity.AsSpan(place.HeadersEnd, place.End - place.HeadersEnd), additions, out var whyNot) is not { } part)
            {
                return EditedBody.Refused(whyNot);
            }

            if (ReferenceEquals(text, root))
            {
                changes.AddRange(part.HeaderChanges(headers));
            }
            else
            {
                edited.Write(entity.AsSpan(from, place.Begin - from));
                edited.Write(part.Head(entity.AsSpan(place.Begin, place.HeadersEnd - place.Begin)));
            }

            edited.Write(part.Content);
            from = place.End;
        }

        edited.Write(entity.AsSpan(from));
        return new EditedBody(edited.ToArray(), changes, null);
    }

    /// <summary>Why nothing may be added; null where the texts, if any, are found.</summary>
    private static string? Find(MimeEntity part, List<TextPart> texts)
    {
        switch (part)
        {
            case Multipart multipart when multipart.ContentType.IsMimeType("multipart", "signed"):
                return "it is signed";
            case Multipart multipart when multipart.ContentType.IsMimeType("multipart", "encrypted"):
                return "it is encrypted";
            case Multipart multipart when multipart.ContentType.IsMimeType("multipart", "alternative"):
                foreach (var child in multipart)
                {
                    if (Find(child, texts) is { } reason)
                    {
                        return reason;
                    }
                }

                return null;
            case Multipart { Count: > 0 } multipart:
                return Find(multipart[0], texts);
            case MimePart sealed_ when sealed_.ContentType.IsMimeType("application", "pkcs7-mime") || sealed_.ContentType.IsMimeType("application", "x-pkcs7-mime"):
                return "it is signed or encrypted";
            case TextPart { IsAttachment: false } text when text.IsPlain || text.IsHtml:
                texts.Add(text);
                return null;
            default:
                return null;
        }
    }

    private readonly record struct PartPlace(int Begin, int HeadersEnd, int End);
}
