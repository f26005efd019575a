using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Authentication.Dkim;

/// <summary>A header field as it was sent.</summary>
/// <param name="Name">Its case kept.</param>
/// <param name="Value">Behind the colon, the white space there included; folds are CRLF, as on the wire.</param>
internal sealed record HeaderField(string Name, byte[] Value)
{
    /// <summary>What a milter gets: folds are LF; without SMFIP_HDR_LEADSPC the MTA has taken one space off.</summary>
    public static HeaderField Of(string name, ReadOnlySpan<byte> value, bool hasLeadingSpace)
    {
        var bytes = new List<byte>(value.Length + 8);
        if (!hasLeadingSpace)
        {
            bytes.Add((byte)' ');
        }

        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\n' && (i == 0 || value[i - 1] != '\r'))
            {
                bytes.Add((byte)'\r');
            }

            bytes.Add(value[i]);
        }

        return new HeaderField(name, [.. bytes]);
    }

    public bool Is(string name) => string.Equals(Name.TrimEnd(), name, StringComparison.OrdinalIgnoreCase);

    /// <summary>With the value of a signature's <c>b=</c> taken out (RFC 6376 3.7).</summary>
    public HeaderField WithoutSignature()
    {
        var start = 0;
        while (start < Value.Length)
        {
            var end = Value.AsSpan(start).IndexOf((byte)';') is var at && at < 0 ? Value.Length : start + at;
            var sign = Value.AsSpan(start, end - start).IndexOf((byte)'=');
            if (sign > 0 && Value.AsSpan(start, sign).Trim(" \t\r\n"u8).SequenceEqual("b"u8))
            {
                return this with { Value = [.. Value[..(start + sign + 1)], .. Value[end..]] };
            }

            start = end + 1;
        }

        return this;
    }

    /// <summary>Canonical, without a line end.</summary>
    public byte[] Canonical(Canonicalization method) => method == Canonicalization.Simple
        ? [.. MailText.Encode(Name), (byte)':', .. Value]
        : [.. MailText.Encode(Name.TrimEnd().ToLowerInvariant()), (byte)':', .. Relaxed()];

    private List<byte> Relaxed()
    {
        var result = new List<byte>(Value.Length);
        var hasSpace = false;
        foreach (var b in Value)
        {
            if (b is (byte)'\r' or (byte)'\n')
            {
                continue;
            }

            if (b is (byte)' ' or (byte)'\t')
            {
                hasSpace = true;
                continue;
            }

            if (hasSpace && result.Count > 0)
            {
                result.Add((byte)' ');
            }

            hasSpace = false;
            result.Add(b);
        }

        return result;
    }
}
