using System.Collections.Frozen;
using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Mail.Headers;

/// <summary>Names of header fields as text; those that most mail has are there already and cost no string.</summary>
internal static class FieldNames
{
    private const int LongestKnown = 32;

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Known = FrozenSet.Create(
        StringComparer.Ordinal,
        "ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal", "Authentication-Results", "Auto-Submitted", "Cc", "Content-Disposition",
        "Content-Language", "Content-Transfer-Encoding", "Content-Type", "DKIM-Signature", "Date", "Delivered-To", "Feedback-ID", "From", "Importance",
        "In-Reply-To", "List-Help", "List-Id", "List-ID", "List-Post", "List-Subscribe", "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version",
        "Message-ID", "Message-Id", "Mime-Version", "Organization", "Precedence", "Received", "Received-SPF", "References", "Reply-To", "Return-Path",
        "Sender", "Subject", "Thread-Index", "Thread-Topic", "To", "User-Agent", "X-Mailer", "X-Originating-IP", "X-Priority")
        .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>As sent, without blanks around it.</summary>
    public static string Of(ReadOnlySpan<byte> name)
    {
        if (name.Length <= LongestKnown)
        {
            Span<char> text = stackalloc char[LongestKnown];
            text = text[..name.Length];
            for (var i = 0; i < name.Length; i++)
            {
                text[i] = (char)name[i];
            }

            if (Known.TryGetValue(text, out var known))
            {
                return known;
            }
        }

        return MailText.Decode(name).Trim();
    }
}
