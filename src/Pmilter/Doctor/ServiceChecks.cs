namespace Pmilter.Doctor;

/// <summary>Which of Postfix's services ask us, and which do not.</summary>
internal static class ServiceChecks
{
    public static IEnumerable<Finding> Of(Patient patient)
    {
        var postfix = patient.Postfix;
        var asking = postfix.Smtpd.Where(service => patient.Ours(service) is not null).ToArray();
        var address = patient.Server.Listen.Select(listen => listen.Address?.ToString()).FirstOrDefault(text => text is not null) ?? "inet:127.0.0.1:8895";
        if (postfix.Services.Count > 0 && !postfix.Smtpd.Any())
        {
            yield return new Finding(FindingLevel.Error, "master.cf", "no service runs smtpd: this Postfix takes no mail");
            yield break;
        }

        if (asking.Length == 0)
        {
            var others = string.Join(' ', MilterReference.List(postfix.Value("smtpd_milters")).Select(milter => milter.Written));
            yield return new Finding(
                FindingLevel.Error,
                "smtpd_milters",
                $"no service asks Pmilter, which listens on {string.Join(" and ", patient.Server.Listen.Select(listen => listen.Address?.ToString() ?? listen.Name))}{(others.Length > 0 ? $"; they ask {others}" : string.Empty)}",
                $"postconf -e 'smtpd_milters = {$"{address} {others}".Trim()}'");
            yield break;
        }

        foreach (var service in postfix.Smtpd)
        {
            yield return patient.Ours(service) is { } ours
                ? IsReinjection(postfix, service)
                    ? new Finding(FindingLevel.Warning, service.Place, "what the content filter gives back comes here and asks Pmilter a second time, as mail from this machine", $"postconf -P '{service.Place}/smtpd_milters='")
                    : new Finding(FindingLevel.Good, service.Place, $"asks Pmilter at {ours.Written}")
                : IsReinjection(postfix, service)
                    ? new Finding(FindingLevel.Good, service.Place, "does not ask: what the content filter gives back was asked about before")
                    : new Finding(FindingLevel.Warning, service.Place, "does not ask Pmilter: mail that comes here is not filtered", $"postconf -P '{service.Place}/smtpd_milters=$smtpd_milters'".Replace("$smtpd_milters", patient.Ours(asking[0])!.Written, StringComparison.Ordinal));
        }

        if (postfix.Value("smtpd_milter_maps").Length > 0)
        {
            yield return new Finding(FindingLevel.Note, "smtpd_milter_maps", "some clients may be let off: this table was not looked into");
        }

        foreach (var service in postfix.Smtpd.Where(service => postfix.Value("smtpd_proxy_filter", service).Length > 0 && patient.Ours(service) is not null))
        {
            yield return new Finding(FindingLevel.Warning, service.Place, "has a smtpd_proxy_filter: Postfix then hands milters no message, so that rules at data and later see nothing", $"postconf -P '{service.Place}/smtpd_proxy_filter='");
        }

        yield return patient.Ours(postfix.Value("non_smtpd_milters"), null) is not null
            ? new Finding(FindingLevel.Note, "non_smtpd_milters", "mail of local programs is seen, too; Postfix takes no refusal of its recipients: rules at rcpt are logged as suppressed")
            : new Finding(FindingLevel.Note, "non_smtpd_milters", "mail that local programs hand in (sendmail, cron, web applications) is not seen", $"postconf -e 'non_smtpd_milters = {patient.Ours(asking[0])!.Written}'");
    }

    /// <summary>Where a content filter after the queue gives mail back: on loopback, and without the filter.</summary>
    private static bool IsReinjection(PostfixSettings postfix, PostfixService service) =>
        (service.Name.StartsWith("127.", StringComparison.Ordinal) || service.Name.StartsWith("[::1]", StringComparison.Ordinal) || service.Name.StartsWith("localhost:", StringComparison.Ordinal))
        && (postfix.Value("content_filter").Length > 0 || postfix.Smtpd.Any(other => postfix.Value("content_filter", other).Length > 0))
        && postfix.Value("content_filter", service).Length == 0;
}
