using System.Globalization;

namespace Pmilter.Doctor;

/// <summary>What Postfix does while it waits for us, and when we do not answer.</summary>
internal static class AnswerChecks
{
    private const int NewestProtocol = 6;

    /// <summary>Progress at the end of a message comes every 5 s; twice that leaves room.</summary>
    private static readonly TimeSpan LeastForContent = TimeSpan.FromSeconds(10);

    public static IEnumerable<Finding> Of(Patient patient)
    {
        var ours = patient.Postfix.Smtpd.Select(service => (Service: service, Milter: patient.Ours(service))).FirstOrDefault(pair => pair.Milter is not null);
        if (ours.Milter is not { } milter)
        {
            yield break;
        }

        yield return Action(Setting("default_action"));
        yield return Timeout("command_timeout", patient.Server.Session.EventDeadline, "server.event_deadline");
        yield return Timeout("content_timeout", patient.Server.Session.EventDeadline > LeastForContent ? patient.Server.Session.EventDeadline : LeastForContent, "what an answer may take, and progress every 5 s");
        yield return Protocol(patient.Postfix.Value("milter_protocol", ours.Service));
        if (Macros(patient.Postfix, ours.Service) is { } macros)
        {
            yield return macros;
        }

        string Setting(string name) => milter.Options.GetValueOrDefault(name) ?? patient.Postfix.Value($"milter_{name}", ours.Service);

        Finding Timeout(string name, TimeSpan least, string why)
        {
            var written = Setting(name);
            return Duration(written) is not { } given
                ? new Finding(FindingLevel.Warning, $"milter_{name}", $"'{written}' is no time that Postfix would take", $"postconf -e 'milter_{name} = {(name == "content_timeout" ? "300s" : "30s")}'")
                : given > least
                    ? new Finding(FindingLevel.Good, $"milter_{name}", $"{written}, longer than {Seconds(least)} ({why})")
                    : new Finding(FindingLevel.Error, $"milter_{name}", $"{written} is not longer than {Seconds(least)} ({why}): Postfix gives up before Pmilter answers", $"postconf -e 'milter_{name} = {(name == "content_timeout" ? "300s" : Seconds(least * 3))}'");
        }
    }

    private static Finding Action(string action) => action switch
    {
        "tempfail" => new Finding(FindingLevel.Good, "milter_default_action", "tempfail: while Pmilter is away mail waits with its senders"),
        "accept" => new Finding(FindingLevel.Note, "milter_default_action", "accept: while Pmilter is away mail passes unfiltered"),
        "quarantine" => new Finding(FindingLevel.Note, "milter_default_action", "quarantine: while Pmilter is away mail piles up in the hold queue; 'postsuper -r ALL' lets it go"),
        "shutdown" => new Finding(FindingLevel.Note, "milter_default_action", "shutdown: while Pmilter is away connections are cut with 421; senders come again"),
        _ => new Finding(FindingLevel.Error, "milter_default_action", $"{action}: while Pmilter is away, or restarts, every mail is refused for good", "postconf -e 'milter_default_action = tempfail'"),
    };

    private static Finding Protocol(string written) =>
        int.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version >= NewestProtocol ? new Finding(FindingLevel.Good, "milter_protocol", written)
        : new Finding(
            version >= 2 ? FindingLevel.Warning : FindingLevel.Error,
            "milter_protocol",
            version >= 2 ? $"{written}: Postfix tells less than it could, and each answer that nobody needs is waited for" : $"{written} is not spoken by Pmilter (2 to 6)",
            "postconf -e 'milter_protocol = 6'");

    /// <summary>From version 6 on Pmilter asks for the macros that the policies need.</summary>
    private static Finding? Macros(PostfixSettings postfix, PostfixService service)
    {
        var macros = postfix.Value("milter_mail_macros", service);
        return postfix.Value("milter_protocol", service) != "6" && !macros.Contains("auth_authen", StringComparison.Ordinal)
            ? new Finding(FindingLevel.Warning, "milter_mail_macros", "{auth_authen} is not sent: who has logged in is not known, and sasl_login is empty", $"postconf -e 'milter_mail_macros = {macros} {{auth_type}} {{auth_authen}}'")
            : null;
    }

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(span.TotalSeconds):0}s");

    /// <summary>postconf(5): a number and s, m, h, d or w; seconds without one.</summary>
    private static TimeSpan? Duration(string written)
    {
        var unit = written.Length > 0 ? written[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, 'w' => 604800, >= '0' and <= '9' => 1, _ => 0 } : 0;
        var digits = written.TrimEnd('s', 'm', 'h', 'd', 'w');
        return unit > 0 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? TimeSpan.FromSeconds((double)number * unit) : null;
    }
}
