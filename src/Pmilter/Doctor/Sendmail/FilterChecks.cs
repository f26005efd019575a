using System.Globalization;

namespace Pmilter.Doctor.Sendmail;

/// <summary>Whether Sendmail asks us, what it does when we do not answer, and how long it waits.</summary>
internal static class FilterChecks
{
    private const string Asked = "InputMailFilters";

    /// <summary>What the documents tell to write.</summary>
    private const string Usual = "F=T, T=C:5s;S:10s;R:10s;E:5m";

    /// <summary>libmilter's; what Sendmail takes where T= does not say it.</summary>
    private static readonly Dictionary<char, string> Defaults = new() { ['C'] = "5m", ['S'] = "10s", ['R'] = "10s", ['E'] = "5m" };

    public static IEnumerable<Finding> Of(SendmailPatient patient)
    {
        if (patient.Ours is not { } filter)
        {
            var listens = string.Join(", ", patient.Server.Listen.Select(listen => listen.Address?.ToString() ?? listen.Name));
            yield return new Finding(
                FindingLevel.Error, Asked, $"no filter leads to Pmilter, which listens on {listens}", $"INPUT_MAIL_FILTER(`pmilter', `S={patient.Socket}, {Usual}')dnl");
            yield break;
        }

        foreach (var finding in Asks(patient.Sendmail, filter).Append(Action(filter)).Concat(Waits(patient, filter)))
        {
            yield return finding;
        }
    }

    private static IEnumerable<Finding> Asks(SendmailSettings sendmail, SendmailFilter filter)
    {
        var isAsked = sendmail.Asked.Contains(filter.Name, StringComparer.Ordinal);
        var all = string.Join(", ", sendmail.Asked.Append(filter.Name));
        yield return isAsked
            ? new Finding(FindingLevel.Good, Asked, $"{filter.Name} asks Pmilter at {filter.Socket}")
            : new Finding(
                sendmail.Daemons.Any(daemon => daemon.Filters?.Contains(filter.Name, StringComparer.Ordinal) == true) ? FindingLevel.Note : FindingLevel.Error,
                Asked,
                $"{filter.Name} leads to Pmilter, and is not among the filters that are asked",
                $"define(`confINPUT_MAIL_FILTERS', `{all}')dnl after its MAIL_FILTER, or INPUT_MAIL_FILTER in its place");

        foreach (var daemon in sendmail.Daemons.Where(daemon => daemon.Filters is not null && !daemon.Filters.Contains(filter.Name, StringComparer.Ordinal)))
        {
            yield return new Finding(
                FindingLevel.Warning,
                $"DaemonPortOptions {daemon.Name}",
                $"has filters of its own ({string.Join("; ", daemon.Filters ?? [])}): mail that comes here is not filtered by Pmilter",
                $"DAEMON_OPTIONS(`{daemon.Written}') with InputFilter={string.Join(';', (daemon.Filters ?? []).Append(filter.Name))}");
        }

        foreach (var name in sendmail.Asked.Where(name => sendmail.Filters.All(each => each.Name != name)))
        {
            yield return new Finding(FindingLevel.Error, Asked, $"{name} is asked and has no line of its own", $"MAIL_FILTER(`{name}', `S=…')dnl, or take it out of confINPUT_MAIL_FILTERS");
        }
    }

    private static Finding Action(SendmailFilter filter)
    {
        var what = $"X{filter.Name} F";
        return filter.Flags switch
        {
            "T" => new Finding(FindingLevel.Good, what, "T: while Pmilter is away mail waits with its senders"),
            "4" => new Finding(FindingLevel.Good, what, "4: while Pmilter is away connections are cut with 421; senders come again"),
            "" => new Finding(FindingLevel.Note, what, "not set: while Pmilter is away mail passes unfiltered", filter.Mc(flags: "T")),
            "R" => new Finding(FindingLevel.Error, what, "R: while Pmilter is away, or restarts, every mail is refused for good", filter.Mc(flags: "T")),
            var other => new Finding(FindingLevel.Error, what, $"'{other}' is none of T, R and 4", filter.Mc(flags: "T")),
        };
    }

    private static IEnumerable<Finding> Waits(SendmailPatient patient, SendmailFilter filter)
    {
        var session = patient.Server.Session;
        yield return Waits(filter, 'R', session.EventDeadline, "server.event_deadline; at the end of a message progress comes every 5 s");
        yield return Waits(filter, 'E', session.EndOfMessageDeadline, "server.eom_deadline");
        foreach (var letter in "CS".Where(letter => filter.Timeouts.TryGetValue(letter, out var written) && Duration(written) is null))
        {
            yield return NoTime(filter, letter, filter.Timeouts[letter]);
        }
    }

    private static Finding Waits(SendmailFilter filter, char letter, TimeSpan least, string why)
    {
        var written = filter.Timeouts.GetValueOrDefault(letter);
        if (Duration(written ?? Defaults[letter]) is not { } given)
        {
            return NoTime(filter, letter, written ?? string.Empty);
        }

        var shown = $"{written ?? Defaults[letter]}{(written is null ? " (not set)" : string.Empty)}";
        return given > least
            ? new Finding(FindingLevel.Good, What(filter, letter), $"{shown}, longer than {Seconds(least)} ({why})")
            : new Finding(
                FindingLevel.Error, What(filter, letter), $"{shown} is not longer than {Seconds(least)} ({why}): Sendmail gives up before Pmilter answers", filter.Mc(timeout: letter, time: Mended(letter, least)));
    }

    private static Finding NoTime(SendmailFilter filter, char letter, string written) =>
        new(FindingLevel.Warning, What(filter, letter), $"'{written}' is no time that Sendmail would take", filter.Mc(timeout: letter, time: Defaults[letter]));

    private static string What(SendmailFilter filter, char letter) => $"X{filter.Name} T={letter}";

    /// <summary>Sendmail's own where it suffices.</summary>
    private static string Mended(char letter, TimeSpan least) => Duration(Defaults[letter]) > least ? Defaults[letter] : Seconds(least * 1.5);

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(span.TotalSeconds):0}s");

    /// <summary>Numbers with s, m, h, d or w, one behind the other; seconds without a letter.</summary>
    private static TimeSpan? Duration(string written)
    {
        var (sum, number, hasDigits) = (0.0, 0.0, false);
        foreach (var c in written)
        {
            if (char.IsAsciiDigit(c))
            {
                (number, hasDigits) = ((number * 10) + (c - '0'), true);
                continue;
            }

            var unit = c switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, 'w' => 604800, _ => 0 };
            if (unit == 0 || !hasDigits)
            {
                return null;
            }

            (sum, number, hasDigits) = (sum + (number * unit), 0, false);
        }

        sum += number;
        return written.Length > 0 && sum < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(sum) : null;
    }
}
