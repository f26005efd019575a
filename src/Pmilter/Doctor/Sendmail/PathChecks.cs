using Pmilter.Protocol.Transports;

namespace Pmilter.Doctor.Sendmail;

/// <summary>Whether Sendmail finds our Unix socket, may open it, and trusts the folders above it.</summary>
internal static class PathChecks
{
    public static async Task<IReadOnlyList<Finding>> OfAsync(SendmailPatient patient)
    {
        if (patient.Ours is not { Address: { Kind: MilterAddressKind.Unix } address } filter)
        {
            return [];
        }

        if (!patient.Server.Listen.Any(listen => listen.Address is { Kind: MilterAddressKind.Unix } own && own.Host == address.Host))
        {
            return [new Finding(FindingLevel.Error, $"X{filter.Name} S", $"looks for {address.Host}, and Pmilter listens on {patient.Socket["unix:".Length..]}", filter.Mc(socket: patient.Socket))];
        }

        return await RightsAsync(patient, address.Host).ConfigureAwait(false);
    }

    private static async Task<IReadOnlyList<Finding>> RightsAsync(SendmailPatient patient, string path)
    {
        if (patient.Place is not { } place)
        {
            return [new Finding(FindingLevel.Note, path, "whether Sendmail may open it is not known from its file alone")];
        }

        if (await place.StatAsync(path).ConfigureAwait(false) is not { } socket)
        {
            return [new Finding(FindingLevel.Error, path, "is not there: does the server run?", "systemctl start pmilter")];
        }

        var user = patient.Sendmail.User;
        var groups = user == "root" ? [] : await place.GroupsAsync(user).ConfigureAwait(false);
        var findings = new List<Finding>();
        if (user != "root" && !SocketChecks.May(socket, user, groups, 'w'))
        {
            findings.Add(new Finding(
                FindingLevel.Error, path, $"{user} may not write to it ({socket.Mode}, {socket.Owner}:{socket.Group})", $"usermod -a -G {socket.Group} {user}; in pmilter.yaml, server.listen: mode: '0660'"));
        }

        for (var folder = Path.GetDirectoryName(path); !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
        {
            if (await place.StatAsync(folder).ConfigureAwait(false) is { } stat)
            {
                findings.AddRange(Folder(folder, stat, user, groups));
            }
        }

        return findings.Count > 0 ? findings : [new Finding(FindingLevel.Good, path, $"{user} may open it ({socket.Mode}, {socket.Owner}:{socket.Group})")];
    }

    /// <summary>Sendmail refuses a socket below a folder in which others could put one of their own, whatever its user may.</summary>
    private static IEnumerable<Finding> Folder(string folder, (string Mode, string Owner, string Group) stat, string user, IReadOnlyList<string> groups)
    {
        if (user != "root" && !SocketChecks.May(stat, user, groups, 'x'))
        {
            yield return new Finding(FindingLevel.Error, folder, $"{user} may not pass through it ({stat.Mode}, {stat.Owner}:{stat.Group})", $"chmod o+x {folder}");
        }

        const int GroupWrite = 5;
        const int OthersWrite = 8;
        if (stat.Mode[GroupWrite] == 'w' || stat.Mode[OthersWrite] == 'w')
        {
            yield return new Finding(
                FindingLevel.Error, folder, $"others than its owner may write to it ({stat.Mode}, {stat.Owner}:{stat.Group}): Sendmail calls a socket below it unsafe and does not open it", $"chmod go-w {folder}");
        }
    }
}
