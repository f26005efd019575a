using System.Text;

namespace Pmilter.Doctor;

/// <summary>What Postfix has been told: main.cf as <c>postconf</c> prints it, and master.cf's services.</summary>
internal sealed class PostfixSettings(IReadOnlyDictionary<string, string> written, IReadOnlyList<PostfixService> services)
{
    private const int MostExpansions = 20;

    /// <summary>postconf(5), Postfix 3.7; what <c>postconf -n</c> leaves out.</summary>
    private static readonly Dictionary<string, string> Defaults = new(StringComparer.Ordinal)
    {
        ["milter_default_action"] = "tempfail",
        ["milter_protocol"] = "6",
        ["milter_connect_timeout"] = "30s",
        ["milter_command_timeout"] = "30s",
        ["milter_content_timeout"] = "300s",
        ["milter_mail_macros"] = "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}",
        ["queue_directory"] = "/var/spool/postfix",
        ["mail_owner"] = "postfix",
    };

    public IReadOnlyList<PostfixService> Services { get; } = services;

    /// <summary>Services that speak SMTP with clients.</summary>
    public IEnumerable<PostfixService> Smtpd => Services.Where(service => service.Command == "smtpd");

    /// <summary>A parameter as a service sees it, with <c>$names</c> filled in; empty when it is not set.</summary>
    /// <param name="service">Null: main.cf's.</param>
    public string Value(string name, PostfixService? service = null) => Expand(Raw(name, service), service, MostExpansions);

    private string Raw(string name, PostfixService? service) =>
        service?.Overrides.GetValueOrDefault(name) ?? written.GetValueOrDefault(name) ?? Defaults.GetValueOrDefault(name, string.Empty);

    /// <summary><c>$name</c>, <c>${name}</c> and <c>$(name)</c>; conditional forms stay as they are.</summary>
    private string Expand(string text, PostfixService? service, int left)
    {
        if (left == 0 || !text.Contains('$', StringComparison.Ordinal))
        {
            return text;
        }

        var expanded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                expanded.Append(text[i]);
                continue;
            }

            var closing = text[i + 1] switch { '{' => '}', '(' => ')', _ => '\0' };
            var start = closing == '\0' ? i + 1 : i + 2;
            var end = start;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
            {
                end++;
            }

            var isWhole = end > start && (closing == '\0' || (end < text.Length && text[end] == closing));
            expanded.Append(isWhole ? Expand(Raw(text[start..end], service), service, left - 1) : "$");
            i = isWhole ? (closing == '\0' ? end - 1 : end) : i;
        }

        return expanded.ToString();
    }
}

/// <summary>A line of master.cf.</summary>
/// <param name="Name"><c>smtp</c>, <c>submission</c>, <c>127.0.0.1:10025</c>.</param>
/// <param name="Kind"><c>inet unix pass …</c>.</param>
/// <param name="Overrides">Its <c>-o name=value</c>.</param>
internal sealed record PostfixService(string Name, string Kind, bool IsChrooted, string Command, IReadOnlyDictionary<string, string> Overrides)
{
    /// <summary>As <c>postconf -P</c> and <c>-F</c> name it.</summary>
    public string Place => $"{Name}/{Kind}";
}
