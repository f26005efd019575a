using Pmilter.Protocol.Transports;

namespace Pmilter.Doctor.Sendmail;

/// <summary>What Sendmail has been told: the lines of sendmail.cf that milters are about.</summary>
/// <param name="Version">Of the files that it was made from (<c>DZ</c>); null when it is not said.</param>
/// <param name="Filters">Its X lines.</param>
/// <param name="Options">Long-named options by name, ignoring case; several of one name in their order.</param>
internal sealed record SendmailSettings(Version? Version, IReadOnlyList<SendmailFilter> Filters, ILookup<string, string> Options)
{
    /// <summary>Filters that every daemon asks, unless it has a list of its own.</summary>
    public IReadOnlyList<string> Asked => [.. Options["InputMailFilters"].TakeLast(1).SelectMany(list => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    public IReadOnlyList<SendmailDaemon> Daemons => [.. Options["DaemonPortOptions"].Select(SendmailDaemon.Read)];

    /// <summary>Whose rights it has when it opens sockets.</summary>
    public string User => Options["RunAsUser"].LastOrDefault()?.Split(':')[0] is { Length: > 0 } user ? user : "root";

    /// <summary><c>Milter.macros.envfrom</c> and its siblings; null when it is not set, and Sendmail sends none.</summary>
    public IReadOnlyList<string>? Macros(string stage) => Options[$"Milter.macros.{stage}"].LastOrDefault()?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>A line <c>Xname, S=socket, F=flags, T=timeouts</c>.</summary>
/// <param name="Address">Null when it is none that Sendmail could use.</param>
/// <param name="Flags">What happens when it does not answer: <c>T</c>, <c>R</c>, <c>4</c>; empty: mail passes.</param>
/// <param name="Timeouts">By letter, as written: C, S, R, E.</param>
internal sealed record SendmailFilter(string Name, string Socket, MilterAddress? Address, string Flags, IReadOnlyDictionary<char, string> Timeouts)
{
    /// <summary>The line of sendmail.mc that makes it.</summary>
    public string Mc(string? socket = null, string? flags = null, char timeout = '\0', string? time = null)
    {
        var times = string.Join(';', "CSRE".Select(letter => (letter, letter == timeout ? time : Timeouts.GetValueOrDefault(letter))).Where(one => one.Item2 is not null).Select(one => $"{one.letter}:{one.Item2}"));
        var action = flags ?? Flags;
        return $"INPUT_MAIL_FILTER(`{Name}', `S={socket ?? Socket}{(action.Length > 0 ? $", F={action}" : string.Empty)}{(times.Length > 0 ? $", T={times}" : string.Empty)}')dnl";
    }
}

/// <summary>A line <c>O DaemonPortOptions=Name=MTA, Port=smtp</c>.</summary>
/// <param name="Filters">Its own list of filters; null when it has none and asks those of all.</param>
internal sealed record SendmailDaemon(string Name, string Written, IReadOnlyList<string>? Filters)
{
    public static SendmailDaemon Read(string written)
    {
        var name = string.Empty;
        IReadOnlyList<string>? filters = null;
        foreach (var part in written.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                continue;
            }

            // Sendmail looks at the first letter alone.
            var value = part[(equals + 1)..].Trim();
            switch (part[0])
            {
                case 'N':
                    name = value;
                    break;
                case 'I':
                    filters = value.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                    break;
            }
        }

        return new SendmailDaemon(name, written, filters);
    }
}
