using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail;

namespace Pmilter.Policies.Tests;

/// <summary>Reads a story from one line: <c>client_ip=::1; rcpt=&lt;a@x&gt;; header.Subject=hello</c>.</summary>
internal static class StoryReader
{
    public static Story Read(string facts)
    {
        var story = new Story();
        foreach (var fact in facts.Split("; ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equal = fact.IndexOf('=', StringComparison.Ordinal);
            story = With(story, fact[..equal], fact[(equal + 1)..].Replace("\\n", "\n", StringComparison.Ordinal));
        }

        return story;
    }

    private static Story With(Story story, string name, string value) => name switch
    {
        "client_ip" => story with { ClientIp = value },
        "host" => story with { HostName = value },
        "family" => story with { Family = (Protocol.Commands.ClientFamily)value[0] },
        "port" => story with { Port = int.Parse(value) },
        "helo" => story with { Helo = value },
        "mail_from" => story with { MailFrom = value },
        "mail_arg" => story with { MailArguments = [.. story.MailArguments, value] },
        "rcpts" => story with { Recipients = value.Split(' ') },
        "country" => story with { Place = new GeoPlace(value, "EU", 64500, "Example Net") },
        "asn" => story with { Place = story.Place with { Asn = long.Parse(value) } },
        "phase" => story with { Phase = Enum.Parse<Phase>(value, ignoreCase: true) },
        "body" => story with { BodyBytes = int.Parse(value) },
        "now" => story with { Now = DateTimeOffset.Parse(value) },
        "headers" => story with { Headers = [] },
        _ when name.StartsWith("macro.", StringComparison.Ordinal) => story with { Macros = new Dictionary<string, string>(story.Macros) { [name[6..]] = value } },
        _ when name.StartsWith("header.", StringComparison.Ordinal) => story with { Headers = [.. story.Headers.Where(h => h.Name != name[7..]), (name[7..], value)] },
        _ => throw new ArgumentException($"unknown fact {name}", nameof(name)),
    };
}
