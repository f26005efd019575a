using Pmilter.Protocol.Replies;

namespace Pmilter.Rehearsal;

/// <summary>The message as it goes on, all changes made.</summary>
internal sealed record DeliveredMessage(string Sender, IReadOnlyList<string> Recipients, IReadOnlyList<(string Name, string Value)> Headers)
{
    public static DeliveredMessage Of(PlayedMessage played)
    {
        var sender = played.Sample.MailFrom;
        var headers = played.Sample.AllHeaders().ToList();
        var recipients = played.Sample.Recipients.Where(r => played.RecipientEvent(r) is { IsRefusal: false }).Except(played.Sample.RefusedByMta, StringComparer.OrdinalIgnoreCase).ToList();
        foreach (var modification in played.Final.Decision.Modifications)
        {
            switch (modification)
            {
                case AddHeader add:
                    headers.Add((add.Name, add.Value.Trim()));
                    break;
                case InsertHeader insert:
                    headers.Insert(Math.Clamp(insert.Index, 0, headers.Count), (insert.Name, insert.Value.Trim()));
                    break;
                case ChangeHeader change when IndexOf(headers, change.Name, change.Index) is >= 0 and var at:
                    headers[at] = (headers[at].Name, change.Value.Trim());
                    break;
                case ChangeHeader change:
                    headers.Add((change.Name, change.Value.Trim()));
                    break;
                case DeleteHeader delete when IndexOf(headers, delete.Name, delete.Index) is >= 0 and var at:
                    headers.RemoveAt(at);
                    break;
                case ChangeSender change:
                    sender = change.Address.Trim('<', '>');
                    break;
                case AddRecipient add:
                    recipients.Add(add.Address.Trim('<', '>'));
                    break;
                case DeleteRecipient delete:
                    recipients.RemoveAll(r => string.Equals(r, delete.Address.Trim('<', '>'), StringComparison.OrdinalIgnoreCase));
                    break;
                default:
                    break;
            }
        }

        return new DeliveredMessage(sender, recipients, headers);
    }

    /// <summary>The MTAs count from 1 among fields of one name.</summary>
    private static int IndexOf(List<(string Name, string Value)> headers, string name, int index)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            if (string.Equals(headers[i].Name, name, StringComparison.OrdinalIgnoreCase) && --index <= 0)
            {
                return i;
            }
        }

        return -1;
    }
}
