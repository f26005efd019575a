using System.Text;
using System.Text.RegularExpressions;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Evaluation.Changes;

/// <summary>
/// From what a rule asks of headers to what an MTA understands: one field by name and place. Places count the fields that the message
/// came with.
/// </summary>
internal static class HeaderChanges
{
    /// <summary>Appends to the changes; what is there already is not there twice.</summary>
    public static void Expand(Modification asked, MessageFacts message, List<Modification> changes)
    {
        switch (asked)
        {
            case DeleteHeader { Index: 0 } delete:
                Delete(delete.Name, Places(message.HeaderCountOf(delete.Name)), changes);
                break;
            case DeleteHeader delete:
                Delete(delete.Name, [delete.Index], changes);
                break;
            case DeleteHeaders { Pattern: null } delete:
                foreach (var name in message.Headers.Names.Where(delete.Names.Contains))
                {
                    Delete(name, Places(message.HeaderCountOf(name)), changes);
                }

                break;
            case DeleteHeaders { Pattern: { } pattern } delete:
                foreach (var (name, place) in Matching(message, delete.Names, pattern))
                {
                    Delete(name, [place], changes);
                }

                break;
            case ChangeMatchingHeaders change:
                foreach (var (name, place) in Matching(message, new HeaderNames(change.Name), change.Pattern))
                {
                    changes.Add(new ChangeHeader(name, place, change.Value));
                }

                break;
            case PrefixSubject prefix:
                Prefix(prefix.Prefix, message, changes);
                break;
            default:
                changes.Add(asked);
                break;
        }
    }

    private static IEnumerable<int> Places(int count) => Enumerable.Range(1, count);

    private static void Delete(string name, IEnumerable<int> places, List<Modification> changes)
    {
        foreach (var place in places)
        {
            if (!changes.Exists(c => c is DeleteHeader known && known.Index == place && HeaderOrder.IsSameName(known.Name, name)))
            {
                changes.Add(new DeleteHeader(name, place));
            }
        }
    }

    private static List<(string Name, int Place)> Matching(MessageFacts message, HeaderNames names, Pattern pattern)
    {
        var places = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var found = new List<(string Name, int Place)>();
        foreach (var (name, raw) in message.Headers.All)
        {
            var place = places[name] = places.GetValueOrDefault(name) + 1;
            if (names.Contains(name) && IsMatch(pattern, HeaderText.Read(raw)))
            {
                found.Add((name, place));
            }
        }

        return found;
    }

    /// <summary>A match that takes too long is none: the field stays as it is.</summary>
    private static bool IsMatch(Pattern pattern, string value)
    {
        try
        {
            return pattern.IsMatch(value);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static void Prefix(string prefix, MessageFacts message, List<Modification> changes)
    {
        var isUtf8 = message.Sender.Parameters.IsSmtpUtf8;
        var earlier = changes.FindLastIndex(c => c is ChangeHeader { Index: 1 } change && HeaderOrder.IsSameName(change.Name, "Subject"));
        var raw = earlier >= 0 ? ((ChangeHeader)changes[earlier]).Value : message.Headers.RawOf("Subject");
        var read = HeaderText.Read(raw ?? string.Empty);
        if (read.Contains(prefix.Trim(), StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        // What the sender wrote stays as it is, unless an encoded word of ours came to stand beside one of the sender's: the space between would go.
        var value = Ascii.IsValid(prefix) || isUtf8
            ? prefix + (raw ?? string.Empty).TrimStart()
            : HeaderEncoding.Encode("Subject", prefix + read, isUtf8);
        if (earlier >= 0)
        {
            changes[earlier] = new ChangeHeader("Subject", 1, value);
            return;
        }

        changes.Add(message.HeaderCountOf("Subject") == 0 ? new AddHeader("Subject", value.Trim()) : new ChangeHeader("Subject", 1, value));
    }
}
