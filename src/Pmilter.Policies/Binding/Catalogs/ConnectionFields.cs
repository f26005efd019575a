using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Lookups;
using Pmilter.Policies.Mail;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding.Catalogs;

/// <summary>Fields of the connection: client, place, daemon, clock, HELO, TLS.</summary>
internal static class ConnectionFields
{
    private static readonly string[] PhaseNames = [.. Enum.GetNames<Phase>().Select(name => name.ToLowerInvariant())];

    public static IReadOnlyList<Field> All { get; } =
    [
        NewField.Ip("client_ip", Phase.Connect, MilterEvents.Connect, "The SMTP client's address; v4-mapped ones as IPv4.", static c => c.Transaction.Connection.Client.Address),
        NewField.Text("client_net", Phase.Connect, MilterEvents.Connect, "Its network, /24 or /64: '203.0.113.0/24'; '' when unknown.", static c => c.Transaction.Connection.Client.Net),
        NewField.Number("client_port", Phase.Connect, MilterEvents.Connect, "Its source port; 0 when unknown.", static c => c.Transaction.Connection.Client.Port),
        NewField.Text("client_name", Phase.Connect, MilterEvents.Connect, "Its host name, only if the MTA has verified it both ways; else ''.", static c => c.Transaction.Connection.Client.Name),
        NewField.Text("client_ptr", Phase.Connect, MilterEvents.Connect, "The name that its address claims, verified or not.", static c => c.Transaction.Connection.Client.Pointer)
            with { Macros = [(MacroStage.Connect, "{client_ptr}")] },
        NewField.Text("client_family", Phase.Connect, MilterEvents.Connect, "'ip4', 'ip6', 'unix' or 'unknown'.", static c => c.Transaction.Connection.Client.Family)
            with { Values = ["ip4", "ip6", "unix", "unknown"] },
        NewField.Text("client_country", Phase.Connect, MilterEvents.Connect, "ISO country code of its address; 'ZZ' when unknown.", static c => Place(c).Country) with { ReadsGeo = true },
        NewField.Text("client_continent", Phase.Connect, MilterEvents.Connect, "Two letters: 'AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'; '' when unknown.", static c => Place(c).Continent)
            with { ReadsGeo = true, Values = ["AF", "AN", "AS", "EU", "NA", "OC", "SA", string.Empty] },
        NewField.Number("client_asn", Phase.Connect, MilterEvents.Connect, "Number of the autonomous system; 0 when unknown.", static c => Place(c).Asn) with { ReadsGeo = true, ReadsAsn = true },
        NewField.Text("client_as_org", Phase.Connect, MilterEvents.Connect, "Holder of the autonomous system.", static c => Place(c).AsOrganisation) with { ReadsGeo = true, ReadsAsn = true },
        new LookupField("fcrdns", Phase.Connect, "A name that the client's address claims has that address: forward-confirmed reverse DNS, asked of the DNS.", LookupBinding.ConfirmedName)
            { Events = MilterEvents.Connect },
        NewField.Text("daemon_name", Phase.Connect, MilterEvents.Connect, "The MTA's name for the service that took the connection.", static c => c.Transaction.Connection.Client.DaemonName),
        NewField.Text("my_hostname", Phase.Connect, MilterEvents.Connect, "The MTA's own host name.", static c => c.Transaction.Connection.Client.MyHostName),
        NewField.Text("listener", Phase.Connect, MilterEvents.None, "Name of the Pmilter listener that the MTA came to.", static c => c.Transaction.Listener),
        NewField.Text("origin", Phase.Connect, MilterEvents.Connect, "'local' (this machine's programs), 'submission' (users) or 'smtp'; a login makes it submission from mail on.", static c => c.Transaction.Origin)
            with { Values = ["smtp", "submission", "local"], Macros = [(MacroStage.Connect, "{daemon_port}")] },
        NewField.Number("hour", Phase.Connect, MilterEvents.None, "Hour of the day, 0 to 23, in server.zone.", static c => c.LocalNow.Hour),
        NewField.Number("weekday", Phase.Connect, MilterEvents.None, "1 is Monday, 7 Sunday, in server.zone.", static c => c.LocalNow.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)c.LocalNow.DayOfWeek),
        NewField.Text("phase", Phase.Connect, MilterEvents.None, "The phase that is being evaluated.", static c => PhaseNames[(int)c.Transaction.Phase]) with { Values = PhaseNames },
        NewField.Number("score_total", Phase.Connect, MilterEvents.None, "Sum of the scores given so far.", static c => c.Transaction.Annotations.Score(c.IsShadow)) with { IsSigned = true, IsSetByRules = true },
        NewField.Text("helo", Phase.Helo, MilterEvents.Helo, "What the client called itself.", static c => c.Transaction.Connection.Helo.Name),
        NewField.Bool("tls", Phase.Helo, MilterEvents.Helo, "Whether the session is encrypted.", static c => c.Transaction.Connection.Helo.IsTls),
        NewField.Text("tls_version", Phase.Helo, MilterEvents.Helo, "'TLSv1.3'; '' without TLS.", static c => c.Transaction.Connection.Helo.TlsVersion),
        NewField.Text("tls_cipher", Phase.Helo, MilterEvents.Helo, "The cipher suite.", static c => c.Transaction.Connection.Helo.TlsCipher),
        NewField.Number("tls_bits", Phase.Helo, MilterEvents.Helo, "Strength of the key in bits.", static c => c.Transaction.Connection.Helo.TlsBits),
        NewField.Text("tls_subject", Phase.Helo, MilterEvents.Helo, "Subject of the client's certificate (Postfix: its CN).", static c => c.Transaction.Connection.Helo.TlsSubject),
        NewField.Text("tls_issuer", Phase.Helo, MilterEvents.Helo, "Issuer of the client's certificate (Postfix: its CN).", static c => c.Transaction.Connection.Helo.TlsIssuer),
    ];

    private static Facts.GeoPlace Place(EvaluationContext context) => context.Transaction.Connection.Client.Place(context.Transaction.Geo);
}
