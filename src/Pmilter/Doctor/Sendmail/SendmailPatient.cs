using Pmilter.Policies.Evaluation;
using Pmilter.Protocol.Transports;
using Pmilter.Server;

namespace Pmilter.Doctor.Sendmail;

/// <summary>What is looked at: Sendmail, the server that it should ask, and the policies that ask for its macros.</summary>
/// <param name="Policies">Null where they have errors.</param>
/// <param name="Place">What is there beyond files; null where another machine's file is read.</param>
internal sealed record SendmailPatient(SendmailSettings Sendmail, ServerSettings Server, PolicySet? Policies, PatientPlace? Place)
{
    /// <summary>The filter that is one of our listeners; null when there is none.</summary>
    public SendmailFilter? Ours => Sendmail.Filters.FirstOrDefault(filter => filter.Address is { } address && Server.Listen.Any(listen => listen.Address is { } own && Patient.IsMeant(address, own, address.Host)));

    /// <summary>Where we listen, as Sendmail writes it: a Unix socket where there is one.</summary>
    public string Socket => Server.Listen.Select(listen => listen.Address).OfType<MilterAddress>().OrderBy(address => address.Kind == MilterAddressKind.Unix ? 0 : 1).Select(Written).FirstOrDefault() ?? "inet:8895@127.0.0.1";

    public static string Written(MilterAddress address) => address.Kind switch
    {
        MilterAddressKind.Unix => $"unix:{address.Host}",
        MilterAddressKind.Inet6 => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"inet6:{address.Port}@{(address.Host is "*" or "::" ? "::1" : address.Host)}"),
        _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"inet:{address.Port}@{(address.Host is "*" or "0.0.0.0" ? "127.0.0.1" : address.Host)}"),
    };
}
