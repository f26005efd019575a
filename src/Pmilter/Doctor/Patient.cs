using System.Net;
using Pmilter.Protocol.Transports;
using Pmilter.Server;

namespace Pmilter.Doctor;

/// <summary>What is looked at: Postfix, and the server that it should ask.</summary>
/// <param name="Place">What is there beyond files; null where another machine's output is read.</param>
internal sealed record Patient(PostfixSettings Postfix, ServerSettings Server, PatientPlace? Place)
{
    /// <summary>Ours, as the service names it; null where it does not ask us.</summary>
    public MilterReference? Ours(PostfixService service) =>
        service.Overrides.GetValueOrDefault("receive_override_options", Postfix.Value("receive_override_options")).Contains("no_milters", StringComparison.Ordinal) ? null
        : Ours(Postfix.Value("smtpd_milters", service), service);

    /// <summary>The first of a list that one of our listeners is.</summary>
    /// <param name="service">Whose root a path begins at; null: cleanup's.</param>
    public MilterReference? Ours(string milters, PostfixService? service) =>
        MilterReference.List(milters).FirstOrDefault(milter => milter.Address is { } address && Server.Listen.Any(listen => listen.Address is { } own && Reaches(address, own, service)));

    /// <summary>Where a path of a milter leads, from within the service's root.</summary>
    public string PathOf(MilterAddress milter, PostfixService? service)
    {
        var queue = Postfix.Value("queue_directory");
        var isChrooted = service?.IsChrooted ?? Postfix.Services.FirstOrDefault(each => each.Command == "cleanup")?.IsChrooted ?? false;
        return isChrooted || !milter.Host.StartsWith('/') ? Path.Combine(queue, milter.Host.TrimStart('/')) : milter.Host;
    }

    /// <summary>The same socket, or, for a Unix socket, one that is meant: the path seen from another root.</summary>
    private bool Reaches(MilterAddress milter, MilterAddress own, PostfixService? service) =>
        IsMeant(milter, own, milter.Kind == MilterAddressKind.Unix ? PathOf(milter, service) : milter.Host);

    /// <param name="seen">The path as the MTA sees it.</param>
    internal static bool IsMeant(MilterAddress milter, MilterAddress own, string seen)
    {
        if (own.Kind == MilterAddressKind.Unix || milter.Kind == MilterAddressKind.Unix)
        {
            return own.Kind == milter.Kind && (seen == own.Host || milter.Host == own.Host || Path.GetFileName(milter.Host) == Path.GetFileName(own.Host));
        }

        return milter.Port == own.Port && (IsLocal(milter.Host) == IsLocal(own.Host) || IsAny(own.Host));
    }

    private static bool IsAny(string host) => host is "*" || (IPAddress.TryParse(host, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)));

    private static bool IsLocal(string host) => host is "localhost" || (IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip));
}

/// <summary>The machine: what a socket's file says, and which groups a user is in.</summary>
/// <param name="StatAsync">Of a path: mode as <c>srw-rw----</c>, owner and group; null when there is nothing.</param>
/// <param name="GroupsAsync">Of a user.</param>
internal sealed record PatientPlace(Func<string, Task<(string Mode, string Owner, string Group)?>> StatAsync, Func<string, Task<IReadOnlyList<string>>> GroupsAsync);
