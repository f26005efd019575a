using Pmilter.Protocol.Transports;

namespace Pmilter.Doctor;

/// <summary>Whether Postfix finds our Unix socket from within its root, and may open it.</summary>
internal static class SocketChecks
{
    public static async Task<IReadOnlyList<Finding>> OfAsync(Patient patient)
    {
        var findings = new List<Finding>();
        foreach (var service in patient.Postfix.Smtpd)
        {
            if (patient.Ours(service) is { Address: { Kind: MilterAddressKind.Unix } milter } && Path(patient, service, milter) is { } lost)
            {
                findings.Add(lost);
            }
        }

        var reached = patient.Postfix.Smtpd.Select(patient.Ours).FirstOrDefault(milter => milter?.Address is { Kind: MilterAddressKind.Unix });
        if (findings.Count == 0 && reached?.Address is { } && patient.Server.Listen.FirstOrDefault(listen => listen.Address is { Kind: MilterAddressKind.Unix }) is { Address: { } own })
        {
            findings.AddRange(await RightsAsync(patient, own.Host).ConfigureAwait(false));
        }

        return findings;
    }

    private static Finding? Path(Patient patient, PostfixService service, MilterAddress milter)
    {
        var seen = patient.PathOf(milter, service);
        if (patient.Server.Listen.Any(listen => listen.Address is { Kind: MilterAddressKind.Unix } own && own.Host == seen))
        {
            return null;
        }

        var own = patient.Server.Listen.First(listen => listen.Address is { Kind: MilterAddressKind.Unix }).Address!.Host;
        var queue = patient.Postfix.Value("queue_directory").TrimEnd('/');
        if (!service.IsChrooted)
        {
            return new Finding(FindingLevel.Error, service.Place, $"looks for {seen}, and Pmilter listens on {own}", $"postconf -e 'smtpd_milters = unix:{own}'");
        }

        return own.StartsWith($"{queue}/", StringComparison.Ordinal)
            ? new Finding(FindingLevel.Error, service.Place, $"is chrooted to {queue} and looks for {seen}; Pmilter listens on {own}", $"postconf -e 'smtpd_milters = unix:{own[queue.Length..]}'")
            : new Finding(
                FindingLevel.Error,
                service.Place,
                $"is chrooted to {queue}, where {own} cannot be seen: it looks for {seen}",
                $"in pmilter.yaml, server.listen: at: 'unix:{queue}/pmilter/{System.IO.Path.GetFileName(own)}', and postconf -e 'smtpd_milters = unix:/pmilter/{System.IO.Path.GetFileName(own)}'; or postconf -F '{service.Place}/chroot=n'");
    }

    private static async Task<IReadOnlyList<Finding>> RightsAsync(Patient patient, string path)
    {
        if (patient.Place is not { } place)
        {
            return [new Finding(FindingLevel.Note, path, "whether Postfix may open it is not known from its settings alone")];
        }

        var user = patient.Postfix.Value("mail_owner");
        if (await place.StatAsync(path).ConfigureAwait(false) is not { } socket)
        {
            return [new Finding(FindingLevel.Error, path, "is not there: does the server run?", "systemctl start pmilter")];
        }

        var groups = await place.GroupsAsync(user).ConfigureAwait(false);
        var findings = new List<Finding>();
        if (!May(socket, user, groups, 'w'))
        {
            findings.Add(new Finding(
                FindingLevel.Error,
                path,
                $"{user} may not write to it ({socket.Mode}, {socket.Owner}:{socket.Group})",
                groups.Contains(socket.Group, StringComparer.Ordinal) ? "in pmilter.yaml, server.listen: mode: '0660'" : socket.Group == "root" ? "in pmilter.yaml, server.listen: mode: '0660', group: postfix" : $"usermod -a -G {socket.Group} {user} && postfix reload; in pmilter.yaml, server.listen: mode: '0660'"));
        }

        for (var folder = System.IO.Path.GetDirectoryName(path); !string.IsNullOrEmpty(folder); folder = System.IO.Path.GetDirectoryName(folder))
        {
            if (await place.StatAsync(folder).ConfigureAwait(false) is { } stat && !May(stat, user, groups, 'x'))
            {
                findings.Add(new Finding(FindingLevel.Error, folder, $"{user} may not pass through it ({stat.Mode}, {stat.Owner}:{stat.Group})", $"chmod o+x {folder}"));
            }
        }

        return findings.Count > 0 ? findings : [new Finding(FindingLevel.Good, path, $"{user} may open it ({socket.Mode}, {socket.Owner}:{socket.Group})")];
    }

    /// <summary>The first class that fits decides, as in the kernel.</summary>
    internal static bool May((string Mode, string Owner, string Group) stat, string user, IReadOnlyList<string> groups, char right)
    {
        var at = stat.Owner == user ? 1 : groups.Contains(stat.Group, StringComparer.Ordinal) ? 4 : 7;
        var letter = stat.Mode[at + (right == 'w' ? 1 : 2)];
        return letter == right || (right == 'x' && letter is 's' or 't');
    }
}
