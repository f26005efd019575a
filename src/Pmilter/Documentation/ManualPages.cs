using System.CommandLine;
using Pmilter.Configuration;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Binding.Steps;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Documentation;

/// <summary>The manual pages, out of the command line's own help and the tables of the language.</summary>
internal sealed class ManualPages(TextWriter output, string version)
{
    public const string Program = "pmilter";
    public const string Configuration = "pmilter.yaml";
    public const string Policies = "pmilter-policies";

    private readonly RoffWriter _page = new(output);

    public static IReadOnlyList<string> Names { get; } = [Program, Configuration, Policies];

    public void Write(string name, Command root)
    {
        switch (name)
        {
            case Program:
                WriteProgram(root);
                break;
            case Configuration:
                WriteConfiguration();
                break;
            default:
                WritePolicies();
                break;
        }
    }

    private void WriteProgram(Command root)
    {
        _page.Title(Program, 1, version, "mail filter server for Postfix and Sendmail, written as YAML policies");
        _page.Section("Synopsis");
        _page.Verbatim("pmilter run [-c pmilter.yaml]\npmilter VERB [--help] ...");
        _page.Section("Description");
        _page.Paragraph(root.Description ?? string.Empty);
        _page.Section("Verbs");
        foreach (var command in root.Subcommands.Where(command => !command.Hidden))
        {
            WriteCommand(command, Program);
        }

        _page.Section("Exit status");
        _page.Term("0", "It went well.");
        _page.Term("1", "It ran, and found something: a diagnostic, a refusal, a failed test.");
        _page.Term("2", "A mistake in the command line, the configuration or the policies, or the server cannot start; the message names the mend.");
        _page.Term("3", "Nobody answers, a file cannot be read or written, or Pmilter has a bug.");
        _page.Section("Environment");
        _page.Term("NOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS", "Of systemd: readiness, reloads and the watchdog are told to it, and its sockets are listened on.");
        _page.Term("JOURNAL_STREAM", "When standard error is the journal, lines have priorities instead of times.");
        _page.Section("Signals");
        _page.Term("SIGTERM, SIGINT", "No new connection; sessions under way may end within server.drain.");
        _page.Term("SIGHUP", "Reads the policies and policies.mode again; a bad set leaves the old one in force. Opens log.file anew.");
        _page.Section("Files");
        _page.Term("/etc/pmilter/pmilter.yaml", "The configuration where there is no ./pmilter.yaml and no -c.");
        SeeAlso($"{Configuration}(5), {Policies}(5), postconf(5)");
    }

    private void WriteCommand(Command command, string before)
    {
        var words = $"{before} {command.Name}";
        if (command.Subcommands.Count == 0 || command.Arguments.Count > 0)
        {
            _page.Part(string.Join(' ', [words, .. command.Arguments.Select(argument => argument.Arity.MinimumNumberOfValues == 0 ? $"[{argument.Name}]" : argument.Name)]));
            _page.Paragraph(command.Description ?? string.Empty);
            foreach (var argument in command.Arguments)
            {
                _page.Term(argument.Name, argument.Description ?? string.Empty);
            }

            foreach (var option in command.Options.Where(option => !option.Hidden))
            {
                _page.Term(string.Join(", ", [option.Name, .. option.Aliases]), option.Description ?? string.Empty);
            }
        }

        foreach (var inner in command.Subcommands.Where(inner => !inner.Hidden))
        {
            WriteCommand(inner, words);
        }
    }

    private void WriteConfiguration()
    {
        _page.Title(Configuration, 5, version, "configuration of the mail filter server pmilter");
        _page.Section("Description");
        _page.Paragraph("A YAML file; every key that is left out has its default, and a path is relative to the file. pmilter check says what is wrong in it. Durations have a unit (20ms 10s 5m 2h 7d), sizes may (256kB 64MB 1GB).");
        WriteTables(ServerKeys.File, "Sections");
        SeeAlso($"{Program}(1), {Policies}(5)");
    }

    private void WritePolicies()
    {
        _page.Title(Policies, 5, version, "policy files of the mail filter server pmilter");
        _page.Section("Description");
        _page.Paragraph("Each *.yaml file of policies.dir is a policy: counters, lists and rules. A rule names a phase (at), a condition (when) and steps (then). pmilter check reports every mistake with its place and mend, pmilter test runs the tests of a policy, pmilter explain says what the policies make of a message.");
        WriteTables(PolicyKeys.File, "Keys of a policy file");
        _page.Section("Steps");
        foreach (var step in StepCatalog.All)
        {
            _page.Term(step.Shapes.Count > 0 ? string.Join(" or ", step.Shapes) : step.Name, $"{(step.IsVerdict ? "Verdict. " : string.Empty)}{step.Documentation} Phases: {PhaseWords.Of(step.Phases)}.");
        }

        _page.Section("Fields");
        _page.Paragraph("Never null: a missing text is '', a missing number 0. A field is known from its phase on.");
        foreach (var field in FieldCatalog.All)
        {
            _page.Term(field.Name, $"{field.Summary} ({PhaseWords.Lower(field.Type)}, {(field.IsOnly ? "only at" : "from")} {PhaseWords.Of(field.First)})");
        }

        _page.Section("Functions");
        foreach (var function in FunctionCatalog.All.Where(function => function.IsAvailable))
        {
            _page.Term(function.Signature, function.Summary);
        }

        SeeAlso($"{Program}(1), {Configuration}(5)");
    }

    private void WriteTables(KeyTable file, string title)
    {
        _page.Section(title);
        WriteKeys(file);
        foreach (var table in file.Inner())
        {
            _page.Part($"Keys of {table.Where}");
            WriteKeys(table);
        }
    }

    private void WriteKeys(KeyTable table)
    {
        foreach (var entry in table.Entries)
        {
            var standard = entry.IsRequired ? " Required." : entry.Default.Length > 0 ? $" Default: {entry.Default}." : string.Empty;
            _page.Term(entry.Name, $"{entry.Meaning} {char.ToUpperInvariant(entry.Form.Words[0])}{entry.Form.Words[1..]}.{standard}");
        }
    }

    private void SeeAlso(string pages)
    {
        _page.Section("See also");
        _page.Paragraph(pages);
    }
}
