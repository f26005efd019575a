using System.CommandLine;
using Pmilter.Doctor;
using Pmilter.Doctor.Sendmail;
using Pmilter.Effects.Programs;
using Pmilter.Policies.Text;
using Pmilter.Screen;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter doctor</c>: whether Postfix, or Sendmail, asks us, finds us, and waits for us.</summary>
internal sealed class DoctorCommand(Terminal terminal)
{
    private const string SendmailFile = "/etc/mail/sendmail.cf";

    private readonly SiteOptions _site = new();
    private readonly Option<string?> _postconf = new("--postconf") { Description = "a file with the output of 'postconf -n' and 'postconf -M', one after the other; default: both are run" };
    private readonly Option<string?> _folder = new("--config-directory") { Description = "Postfix's configuration, for one that is not the system's" };
    private readonly Option<string?> _sendmail = new("--sendmail-cf") { Description = "Sendmail's configuration instead of Postfix's; default, where there is no postconf: /etc/mail/sendmail.cf" };
    private readonly Option<string> _format = new("--format") { Description = "text or json", DefaultValueFactory = _ => "text" };

    public static Command Create(Terminal terminal) => new DoctorCommand(terminal).Create();

    private Command Create()
    {
        var command = new Command(
            "doctor",
            "Reads Postfix's or Sendmail's configuration beside pmilter.yaml: which services ask Pmilter, whether they find its socket and may open it, timeouts, protocol, macros, what happens while it is away. "
            + "Says what is wrong and the line that mends it; changes nothing. Ends with 0, or 1 when something is wrong. Example: pmilter doctor");
        _format.AcceptOnlyFromAmong("text", "json");
        foreach (var option in new Option[] { _site.Configuration, _postconf, _folder, _sendmail, _format })
        {
            command.Options.Add(option);
        }

        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var settings = _site.Read(parsed).Checked(terminal);
        var file = parsed.GetValue(_postconf);
        if (parsed.GetValue(_sendmail) is not null && file is not null)
        {
            throw new ServerStartException("--postconf is Postfix's and --sendmail-cf is Sendmail's; give one of them.");
        }

        var findings = parsed.GetValue(_sendmail) is { } given ? await SendmailAsync(settings, given, isHere: given == SendmailFile, cancellationToken).ConfigureAwait(false)
            : file is null && !HasPostconf() && File.Exists(SendmailFile) ? await SendmailAsync(settings, SendmailFile, isHere: true, cancellationToken).ConfigureAwait(false)
            : await PostfixAsync(settings, file, parsed.GetValue(_folder), cancellationToken).ConfigureAwait(false);
        if (parsed.GetValue(_format) == "json")
        {
            WriteJson(findings);
        }
        else
        {
            WriteText(findings);
        }

        return findings.Any(finding => finding.Level >= FindingLevel.Warning) ? ExitCodes.Findings : ExitCodes.Ok;
    }

    private static async Task<IReadOnlyList<Finding>> SendmailAsync(ServerSettings settings, string file, bool isHere, CancellationToken cancellationToken)
    {
        var sendmail = SendmailReader.Read(await ReadAsync(file, cancellationToken).ConfigureAwait(false));
        if (sendmail.Filters.Count == 0 && sendmail.Options.Count == 0)
        {
            throw new ServerStartException($"{file} has no options of Sendmail ('O Name=value'); it is sendmail.cf that is read, not sendmail.mc.");
        }

        var patient = new SendmailPatient(sendmail, settings, new PolicyLoader(settings, TimeProvider.System).Load().Set, isHere ? Here(cancellationToken) : null);
        return [.. FilterChecks.Of(patient), .. await PathChecks.OfAsync(patient).ConfigureAwait(false), .. MacroChecks.Of(patient)];
    }

    private static async Task<IReadOnlyList<Finding>> PostfixAsync(ServerSettings settings, string? file, string? folder, CancellationToken cancellationToken)
    {
        var text = file is null ? await AskAsync(folder, cancellationToken).ConfigureAwait(false) : await ReadAsync(file, cancellationToken).ConfigureAwait(false);
        var postfix = PostfixReader.Read(text);
        if (postfix.Services.Count == 0)
        {
            throw new ServerStartException(file is null ? "'postconf -M' named no service." : $"{file} names no service; append the output of 'postconf -M'.");
        }

        var patient = new Patient(postfix, settings, file is null ? Here(cancellationToken) : null);
        return [.. ServiceChecks.Of(patient), .. await SocketChecks.OfAsync(patient).ConfigureAwait(false), .. AnswerChecks.Of(patient), .. FrontChecks.Of(patient).Distinct()];
    }

    private static bool HasPostconf() =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, "postconf")));

    private static async Task<string> AskAsync(string? folder, CancellationToken cancellationToken)
    {
        string[] place = folder is null ? [] : ["-c", folder];
        try
        {
            var main = await ProgramOutput.ReadAsync("postconf", place, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            return $"{main}\n{await ProgramOutput.ReadAsync("postconf", [.. place, "-M"], TimeProvider.System, cancellationToken).ConfigureAwait(false)}";
        }
        catch (IOException error)
        {
            throw new ServerStartException($"{error.Message} Give the output of 'postconf -n; postconf -M' with --postconf FILE, or Sendmail's file with --sendmail-cf FILE.", error);
        }
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"Cannot read {file}: {error.Message}", error);
        }
    }

    private static PatientPlace Here(CancellationToken cancellationToken) => new(
        async path =>
        {
            try
            {
                var words = (await ProgramOutput.ReadAsync("stat", ["-c", "%A %U %G", path], TimeProvider.System, cancellationToken).ConfigureAwait(false)).Trim().Split(' ');
                return (words[0], words[1], words[2]);
            }
            catch (IOException)
            {
                return null;
            }
        },
        async user => (await ProgramOutput.ReadAsync("id", ["-Gn", user], TimeProvider.System, cancellationToken).ConfigureAwait(false)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private void WriteText(IReadOnlyList<Finding> findings)
    {
        foreach (var finding in findings)
        {
            var (word, tone) = finding.Level switch
            {
                FindingLevel.Good => ("ok", Tone.Good),
                FindingLevel.Note => ("note", Tone.Dim),
                FindingLevel.Warning => ("warning", Tone.Warning),
                _ => ("error", Tone.Bad),
            };
            terminal.Output.PutLine(new Toned($"{word,-8}", tone), $" {DisplayText.Clean(finding.What)}: {DisplayText.Clean(finding.Text)}");
            if (finding.Mend.Length > 0)
            {
                terminal.Output.WriteLine($"         {(finding.Level >= FindingLevel.Warning ? "mend" : "else")}: {DisplayText.Clean(finding.Mend)}");
            }
        }
    }

    private void WriteJson(IReadOnlyList<Finding> findings) => JsonOutput.Write(terminal.Output, json =>
    {
        json.WriteStartArray();
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("level", finding.Level == FindingLevel.Good ? "ok" : finding.Level.ToString().ToLowerInvariant());
            json.WriteString("what", finding.What);
            json.WriteString("text", finding.Text);
            json.WriteString("mend", finding.Mend);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
