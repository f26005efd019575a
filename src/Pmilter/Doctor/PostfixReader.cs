namespace Pmilter.Doctor;

/// <summary>Reads the output of <c>postconf</c> or <c>postconf -n</c>, and of <c>postconf -M</c>; both may stand in one text.</summary>
internal static class PostfixReader
{
    /// <summary>service type private unpriv chroot wakeup maxproc command.</summary>
    private const int Columns = 8;

    private static readonly string[] Kinds = ["inet", "unix", "unix-dgram", "fifo", "pass"];

    public static PostfixSettings Read(string text)
    {
        var written = new Dictionary<string, string>(StringComparer.Ordinal);
        var services = new List<PostfixService>();
        foreach (var line in Joined(text))
        {
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (words.Length >= Columns && Kinds.Contains(words[1], StringComparer.Ordinal))
            {
                services.Add(Service(words));
            }
            else if (equals > 0 && words[0].Trim('=') is var name && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_'))
            {
                written[line[..equals].Trim()] = line[(equals + 1)..].Trim();
            }
        }

        return new PostfixSettings(written, services);
    }

    /// <summary>A line that begins with a blank goes on with the one before, as in the files themselves.</summary>
    private static IEnumerable<string> Joined(string text)
    {
        string? joined = null;
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Trim().Length > 0 && !line.TrimStart().StartsWith('#')))
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

            joined = line;
        }

        if (joined is not null)
        {
            yield return joined;
        }
    }

    private static PostfixService Service(string[] words)
    {
        var overrides = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = Columns; i < words.Length; i++)
        {
            if (words[i] != "-o" || i + 1 == words.Length)
            {
                continue;
            }

            // -o name=value, or -o { name = value with blanks }.
            var option = words[++i];
            while (option.StartsWith('{') && !option.EndsWith('}') && i + 1 < words.Length)
            {
                option += $" {words[++i]}";
            }

            option = option.Trim('{', '}', ' ');
            var equals = option.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                overrides[option[..equals].Trim()] = option[(equals + 1)..].Trim();
            }
        }

        // "-" is n since Postfix 3.0.
        return new PostfixService(words[0], words[1], words[4] == "y", words[7], overrides);
    }
}
