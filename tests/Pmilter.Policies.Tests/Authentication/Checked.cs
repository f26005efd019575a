using System.Text;
using Pmilter.Policies.Authentication.Dkim;
using Pmilter.Policies.Facts;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Policies.Tests.Authentication;

/// <summary>Messages as text, taken apart as an MTA shows them.</summary>
internal static class Checked
{
    public static DateTimeOffset Now { get; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static ScriptedNames Names(string record, string name = "sel._domainkey.example.com")
    {
        var names = new ScriptedNames();
        names[name, NameRecordKind.Txt] = [record];
        return names;
    }

    /// <summary>Every field and the body, in pieces of so many bytes.</summary>
    public static IReadOnlyList<DkimOutcome> Dkim(string message, INameService names, bool hasLeadingSpace = true, int piece = int.MaxValue)
    {
        using var check = new DkimMessage(1_000_000);
        var (fields, body) = Split(message);
        foreach (var (name, value) in fields)
        {
            var sent = hasLeadingSpace ? value : value.StartsWith(' ') ? value[1..] : value;
            check.Add(name, Encoding.Latin1.GetBytes(sent.Replace("\r\n", "\n", StringComparison.Ordinal)), hasLeadingSpace);
        }

        var bytes = Encoding.Latin1.GetBytes(body).AsSpan();
        while (!bytes.IsEmpty)
        {
            var length = Math.Min(piece, bytes.Length);
            check.Add(bytes[..length]);
            bytes = bytes[length..];
        }

        return DkimCheck.RunAsync(names, check, Now, CancellationToken.None).AsTask().GetAwaiter().GetResult();
    }

    public static (List<(string Name, string Value)> Fields, string Body) Split(string message)
    {
        var end = message.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var fields = new List<(string, string)>();
        foreach (var line in message[..end].Split("\r\n"))
        {
            if (line[0] is ' ' or '\t')
            {
                fields[^1] = (fields[^1].Item1, $"{fields[^1].Item2}\r\n{line}");
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            fields.Add((line[..colon], line[(colon + 1)..]));
        }

        return (fields, message[(end + 4)..]);
    }
}
