using System.CommandLine;
using Pmilter.Configuration;
using Pmilter.Library;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Promotion;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter init</c>: policies of the library into a site, watching only.</summary>
internal sealed class InitCommand(Terminal terminal)
{
    private readonly Argument<string[]> _names = new("NAME") { Description = "policies of the library, or all; none: lists them", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string> _folder = new("--dir") { Description = "the folder of pmilter.yaml", DefaultValueFactory = _ => "." };
    private readonly Option<bool> _force = new("--force") { Description = "replaces policies and tests that are there already; lists always stay" };
    private readonly Option<string> _format = new("--format") { Description = "of the list: text or json", DefaultValueFactory = _ => "text" };

    public static Command Create(Terminal terminal) => new InitCommand(terminal).Create();

    private Command Create()
    {
        var command = new Command(
            "init",
            "Copies policies that come with Pmilter into a folder, with their tests and lists; they only watch until 'pmilter promote'. Without a name it lists them. "
            + "Example: pmilter init greylist own_domain --dir /etc/pmilter");
        command.Arguments.Add(_names);
        _format.AcceptOnlyFromAmong("text", "json");
        foreach (var option in new Option[] { _folder, _force, _format })
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed => parsed.GetValue(_names) is { Length: > 0 } names
            ? Copy(PolicyLibrary.Find(names), Path.GetFullPath(parsed.GetValue(_folder)!), parsed.GetValue(_force))
            : List(parsed.GetValue(_format) == "json"));
        return command;
    }

    private int List(bool isJson)
    {
        if (!isJson)
        {
            var table = new TextTable("NAME", "FILE", "WHAT IT DOES");
            foreach (var policy in PolicyLibrary.All)
            {
                table.Add(policy.Name, policy.File, policy.Description);
            }

            table.Write(terminal.Output);
            return ExitCodes.Ok;
        }

        JsonOutput.Write(terminal.Output, json =>
        {
            json.WriteStartArray();
            foreach (var policy in PolicyLibrary.All)
            {
                json.WriteStartObject();
                json.WriteString("name", policy.Name);
                json.WriteString("file", policy.File);
                json.WriteString("description", policy.Description);
                json.WriteStartArray("lists");
                foreach (var list in policy.Lists)
                {
                    json.WriteStringValue(list);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
        return ExitCodes.Ok;
    }

    private int Copy(IReadOnlyList<LibraryPolicy> chosen, string folder, bool isForced)
    {
        var configuration = Path.Combine(folder, "pmilter.yaml");
        var settings = File.Exists(configuration) ? SettingsOf(configuration) : null;
        var copy = new LibraryCopy(folder, settings?.Policies is { } policies ? Path.GetFullPath(policies) : Path.Combine(folder, "policies"), chosen);
        if (copy.Rival() is { } rival)
        {
            throw new ServerStartException($"{rival.Path} is a policy '{rival.Policy}' already; nothing was written. Rename one of the two.");
        }

        string[] inTheWay = isForced ? [] : [.. copy.Policies().Select(file => file.Path).Where(File.Exists).Select(PolicyFiles.Shown)];
        if (inTheWay.Length > 0)
        {
            throw new ServerStartException($"There already: {string.Join(", ", inTheWay)}. Nothing was written; --force replaces them.");
        }

        // First the modes: a policy must never be in the folder of a running server without its mode.
        string[] enforced = settings is null ? [] : [.. chosen.Where(policy => !policy.IsWatching && ModeOf(settings, policy) == PolicyMode.Enforce).Select(policy => policy.Name)];
        if (enforced.Length > 0)
        {
            Watch(configuration, settings!, enforced);
        }

        if (settings is null)
        {
            Write(copy.NewConfiguration());
        }

        foreach (var file in copy.Company())
        {
            if (!File.Exists(file.Path))
            {
                Write(file);
            }
            else if (File.ReadAllText(file.Path) != file.Text)
            {
                terminal.Error.WriteLine($"Left as it was: {PolicyFiles.Shown(file.Path)}");
            }
        }

        foreach (var file in copy.Policies())
        {
            Write(file);
        }

        TellNext(copy, configuration);
        return ExitCodes.Ok;
    }

    private ServerSettings SettingsOf(string configuration)
    {
        var diagnostics = new DiagnosticBag();
        var settings = SettingsReader.Read(configuration, diagnostics);
        return new Site(configuration, settings, diagnostics).Checked(terminal);
    }

    private void Write((string Path, string Text) file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file.Path)!);
        File.WriteAllText(file.Path, file.Text);
        terminal.Output.WriteLine(PolicyFiles.Shown(file.Path));
    }

    /// <summary>The server would enforce them: pmilter.yaml is told not to.</summary>
    private void Watch(string configuration, ServerSettings settings, IReadOnlyList<string> policies)
    {
        var source = TextFile.Read(configuration, new DiagnosticBag());
        var changed = ServerModesText.Set(source, policies, "monitor")?.Apply();
        var diagnostics = new DiagnosticBag();
        var modes = changed is null ? null : ServerConfigurationReader.Read(changed, diagnostics).Policies.Mode;
        var isRight = modes is not null && !diagnostics.HasErrors
            && policies.All(policy => modes.TryGetValue(policy, out var given) && given == PolicyMode.Monitor)
            && settings.Modes.All(mode => policies.Contains(mode.Key, StringComparer.Ordinal) || (modes.TryGetValue(mode.Key, out var still) && still == mode.Value));
        if (!isRight)
        {
            throw new ServerStartException(
                $"{source.Path} would enforce {string.Join(", ", policies)} at once, and its policies.mode could not be changed; nothing was written. "
                + $"Write there first, under policies:\n  mode: {ServerModesText.Mapping(policies, "monitor")}");
        }

        TextFile.Replace(configuration, changed!.Text);
        terminal.Output.WriteLine(source.Path);
        terminal.Error.WriteLine($"{source.Path} has now under policies.mode: {string.Join(", ", policies.Select(policy => $"{policy}: monitor"))}");
    }

    private void TellNext(LibraryCopy copy, string configuration)
    {
        var shown = PolicyFiles.Shown(configuration);
        var option = shown == "pmilter.yaml" ? string.Empty : $" -c {shown}";
        var settings = SettingsOf(configuration);
        var load = new PolicyLoader(settings, TimeProvider.System).Load();
        terminal.Error.WriteLine("They watch: the log says what they would have done. Next:");
        if (copy.Lists().Count > 0)
        {
            terminal.Error.WriteLine($"  fill what is yours: {string.Join(", ", copy.Lists().Select(list => PolicyFiles.Shown(Path.Combine(settings.Policies, list))))}");
        }

        if (load.Set is { NeedsGeo: true } && !File.Exists(settings.Geo.Country))
        {
            terminal.Error.WriteLine("  put the country data there: "
                + (settings.Geo.Country.Length > 0 ? $"{PolicyFiles.Shown(settings.Geo.Country)} is missing" : "geoip.country in pmilter.yaml names none"));
        }

        terminal.Error.WriteLine($"  pmilter check{option}");
        terminal.Error.WriteLine($"  pmilter test{option}");
        terminal.Error.WriteLine($"  pmilter promote NAME{option}   after some days of mail");
    }

    private static PolicyMode ModeOf(ServerSettings settings, LibraryPolicy policy) =>
        settings.Modes.TryGetValue(policy.Name, out var mode) || settings.Modes.TryGetValue("default", out mode) ? mode : PolicyMode.Enforce;
}
