using Pmilter.Protocol.Transports;

namespace Pmilter.Doctor.Sendmail;

/// <summary>Reads sendmail.cf: filters, long-named options, and the version that it was made from. Rule sets and mailers are passed over.</summary>
internal static class SendmailReader
{
    private const string VersionMacro = "DZ";

    public static SendmailSettings Read(string text)
    {
        Version? version = null;
        var filters = new List<SendmailFilter>();
        var options = new List<(string Name, string Value)>();
        foreach (var line in Joined(text))
        {
            if (line.StartsWith("O ", StringComparison.Ordinal))
            {
                var equals = line.IndexOf('=', StringComparison.Ordinal);
                if (equals > 0)
                {
                    options.Add((line[2..equals].Trim(), line[(equals + 1)..].Trim()));
                }
            }
            else if (line[0] == 'X')
            {
                filters.Add(Filter(line[1..]));
            }
            else if (line.StartsWith(VersionMacro, StringComparison.Ordinal))
            {
                version = VersionOf(line[VersionMacro.Length..]) ?? version;
            }
        }

        return new SendmailSettings(version, filters, options.ToLookup(option => option.Name, option => option.Value, StringComparer.OrdinalIgnoreCase));
    }

    private static SendmailFilter Filter(string line)
    {
        string[] parts = [.. line.Split(',', StringSplitOptions.TrimEntries)];
        var socket = string.Empty;
        var flags = string.Empty;
        var timeouts = new Dictionary<char, string>();
        foreach (var part in parts.Skip(1))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                continue;
            }

            var value = part[(equals + 1)..].Trim();
            switch (part[0])
            {
                case 'S':
                    socket = value;
                    break;
                case 'F':
                    flags = value;
                    break;
                case 'T':
                    foreach (var time in value.Split(';', StringSplitOptions.TrimEntries).Where(time => time.Length > 2 && time[1] == ':'))
                    {
                        timeouts[time[0]] = time[2..];
                    }

                    break;
            }
        }

        return new SendmailFilter(parts[0], socket, MilterAddress.TryParse(socket, out var address, out _) ? address : null, flags, timeouts);
    }

    /// <summary><c>8.17.1.9/Debian-2</c>.</summary>
    private static Version? VersionOf(string written)
    {
        var digits = string.Concat(written.TakeWhile(c => char.IsAsciiDigit(c) || c == '.'));
        return Version.TryParse(digits.Trim('.'), out var version) ? version : null;
    }

    /// <summary>A line that begins with a blank goes on with the one before; comments begin in the first column.</summary>
    private static IEnumerable<string> Joined(string text)
    {
        string? joined = null;
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r', ' ', '\t')).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (char.IsWhiteSpace(line[0]) && joined is not null)
            {
                joined += line;
                continue;
            }

            if (joined is not null)
            {
                yield return joined;
            }

            joined = line.TrimStart();
        }

        if (joined is not null)
        {
            yield return joined;
        }
    }
}
