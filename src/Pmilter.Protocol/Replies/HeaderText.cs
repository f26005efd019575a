using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Replies;

/// <summary>Text as a packet may carry it: no NUL, no bare CR, and line breaks only as folds.</summary>
internal static class HeaderText
{
    /// <summary>
    /// A header value: CRLF becomes LF, any other CR and NUL go, a line break that is not followed by white space gets a TAB — it
    /// would end the field and start another — and one at the end goes. With SMFIP_HDR_LEADSPC the space after the colon is ours.
    /// </summary>
    public static byte[] Value(string value, bool ownsLeadingSpace)
    {
        var bytes = MailText.Encode(value).AsSpan().TrimEnd("\r\n"u8);
        var folded = new List<byte>(bytes.Length + 1);
        if (ownsLeadingSpace)
        {
            folded.Add((byte)' ');
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] is 0 or (byte)'\r')
            {
                continue;
            }

            folded.Add(bytes[i]);
            if (bytes[i] == '\n' && bytes[i + 1] is not ((byte)' ' or (byte)'\t'))
            {
                folded.Add((byte)'\t');
            }
        }

        return [.. folded];
    }

    /// <summary>A name, address or reason: one line.</summary>
    public static byte[] Line(string text) => Array.FindAll(MailText.Encode(text), b => b is not (0 or (byte)'\r' or (byte)'\n'));
}
