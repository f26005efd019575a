using System.Text;
using Pmilter.Policies.Authentication.Dkim;
using Pmilter.Policies.Lookups;

namespace Pmilter.Policies.Authentication;

/// <summary>The Authentication-Results field of a checked message (RFC 8601). Only names, keywords and words of ours get into it.</summary>
internal static class ResultsField
{
    public const string Name = "Authentication-Results";

    /// <summary>Where nobody has given the server a name.</summary>
    private const string Nobody = "localhost";

    /// <param name="server">The authserv-id.</param>
    /// <param name="check">All three have been asked.</param>
    public static string Write(string server, MessageCheck check)
    {
        var text = new StringBuilder(ServerName(server));
        Spf(text, check);
        foreach (var outcome in check.Dkim ?? [])
        {
            Dkim(text, outcome);
        }

        if (check.Dkim is { Count: 0 })
        {
            text.Append(";\n\tdkim=none");
        }

        if (check.Dmarc is { } dmarc)
        {
            text.Append(";\n\tdmarc=").Append(dmarc.Word);
            Comment(text, dmarc.Reason.Length > 0 ? dmarc.Reason : dmarc.Policy.Length > 0 ? $"p={dmarc.Policy}" : string.Empty);
            Property(text, "header.from", HostName.Read(dmarc.Domain));
        }

        return text.ToString();
    }

    /// <summary>What stands in the field for a name; it is compared with what fields of the sender's claim.</summary>
    public static string ServerName(string server) => HostName.Read(server) ?? Nobody;

    private static void Spf(StringBuilder text, MessageCheck check)
    {
        if (check is not { Spf: { } spf, Identity: { } identity })
        {
            return;
        }

        text.Append(";\n\tspf=").Append(spf.Text);
        Property(text, identity.IsOfHelo ? "smtp.helo" : "smtp.mailfrom", HostName.Read(identity.Domain));
    }

    private static void Dkim(StringBuilder text, DkimOutcome outcome)
    {
        text.Append(";\n\tdkim=").Append(outcome.Word);
        Comment(text, outcome.Reason);
        if (outcome.Signature is { } signature)
        {
            Property(text, "header.d", signature.Domain);
            Property(text, "header.s", signature.Selector);
            text.Append(" header.b=\"").Append(signature.ValueBegins).Append('"');
        }
    }

    private static void Comment(StringBuilder text, string comment)
    {
        if (comment.Length > 0)
        {
            text.Append(" (").Append(comment).Append(')');
        }
    }

    private static void Property(StringBuilder text, string name, string? value)
    {
        if (value is not null)
        {
            text.Append(' ').Append(name).Append('=').Append(value);
        }
    }
}
