using System.Net;
using System.Text;
using Pmilter.Admin;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Rehearsal;

namespace Pmilter.Web;

/// <summary>The message that was pasted into the playground.</summary>
internal static class PlayedText
{
    private static readonly string[] Keys = ["client_ip", "client_name", "client_country", "helo", "sasl_login", "mail_from"];

    /// <exception cref="AdminException">Something given makes no message.</exception>
    public static SampleMessage Read(PageRequest request)
    {
        var yaml = new StringBuilder();
        foreach (var key in Keys.Where(key => key == "mail_from" || request.Text(key).Length > 0))
        {
            yaml.Append(key).Append(": ").Append(Quoted(request.Text(key))).Append('\n');
        }

        var recipients = request.Texts("rcpt_to");
        yaml.Append("rcpt_to: [").AppendJoin(", ", (recipients.Count > 0 ? recipients : ["recipient@example.net"]).Select(Quoted)).Append("]\n");
        var diagnostics = new DiagnosticBag();
        var sample = YamlReader.Read(new SourceText("the message", yaml.ToString()), diagnostics) is YamlMapping mapping
            ? new SampleReader(diagnostics).Read(new SampleMessage(), new MappingReader(mapping, SampleKeys.Message, diagnostics))
            : new SampleMessage();
        if (diagnostics.HasErrors)
        {
            throw new AdminException(diagnostics.All[0].Hint is { } hint ? $"{diagnostics.All[0].Message}; {hint}" : diagnostics.All[0].Message);
        }

        if (sample.ClientIp.Length > 0 && !IPAddress.TryParse(sample.ClientIp, out _))
        {
            throw new AdminException($"the client '{sample.ClientIp}' is not an address: write one such as 192.0.2.1");
        }

        sample = sample.WithFile(Encoding.UTF8.GetBytes(WithBlankLine(request.Text("message")).ReplaceLineEndings("\r\n")));

        // Every mail has a From.
        return sample.Headers.Any(header => string.Equals(header.Name, "From", StringComparison.OrdinalIgnoreCase))
            ? sample
            : sample with { Headers = [("From", sample.MailFrom), .. sample.Headers] };
    }

    /// <summary>Headers alone are a message without text.</summary>
    private static string WithBlankLine(string message) =>
        message.ReplaceLineEndings("\n") is var text && text.Contains("\n\n", StringComparison.Ordinal) ? text : $"{text.TrimEnd('\n')}\n\n";

    private static string Quoted(string value) => $"'{value.ReplaceLineEndings(" ").Replace("'", "''", StringComparison.Ordinal)}'";
}
