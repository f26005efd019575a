namespace Pmilter.Doctor;

/// <summary>Whether the clients that we are told of are the clients.</summary>
internal static class FrontChecks
{
    public static IEnumerable<Finding> Of(Patient patient)
    {
        var postfix = patient.Postfix;
        foreach (var service in postfix.Smtpd.Where(service => patient.Ours(service) is not null))
        {
            if (postfix.Value("smtpd_authorized_xclient_hosts", service) is { Length: > 0 } hosts)
            {
                yield return IsWide(hosts)
                    ? new Finding(FindingLevel.Error, "smtpd_authorized_xclient_hosts", $"{hosts}: anybody there may pose as any client, so that client_ip proves nothing", "postconf -e 'smtpd_authorized_xclient_hosts = 192.0.2.1' (your proxy alone)")
                    : new Finding(FindingLevel.Note, service.Place, $"{hosts} may present other clients (XCLIENT): client_ip is whom they present");
            }

            var proxy = postfix.Value("smtpd_upstream_proxy_protocol", service);
            if (proxy.Length > 0)
            {
                yield return new Finding(FindingLevel.Note, service.Place, $"a load balancer stands in front and says who the client is ({proxy}): client_ip is the client's");
            }
        }

        if (postfix.Services.FirstOrDefault(service => service.Command == "postscreen") is { } screen && postfix.Value("postscreen_upstream_proxy_protocol", screen) is { Length: > 0 } protocol)
        {
            yield return new Finding(FindingLevel.Note, screen.Place, $"a load balancer stands in front and says who the client is ({protocol}): client_ip is the client's");
        }
    }

    private static bool IsWide(string hosts) => hosts.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries).Any(host => host is "0.0.0.0/0" or "::/0" or "[::]/0" or "static:all");
}
