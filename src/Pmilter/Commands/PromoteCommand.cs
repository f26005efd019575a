using System.CommandLine;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Syntax;
using Pmilter.Promotion;
using Pmilter.Rehearsal.Recorded;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter promote</c>: from monitor to enforce, with what the log says of it first.</summary>
internal sealed class PromoteCommand(Terminal terminal)
{
    private readonly SiteOptions _site = new();
    private readonly Argument<string> _name = new("NAME") { Description = "a rule, policy/rule, or a policy: all its rules that are not off" };
    private readonly Option<string?> _log = new("--log") { Description = "the decision log; default: log.decisions of pmilter.yaml" };
    private readonly Option<string> _since = new("--since") { Description = "how long before the newest line to begin", DefaultValueFactory = _ => "7d" };
    private readonly Option<bool> _isSure = new("--yes") { Description = "also without a decision log" };
    private readonly Option<string> _format = new("--format") { Description = "text or json", DefaultValueFactory = _ => "text" };
    private readonly Option<bool> _isDry = new("--dry-run") { Description = "shows what would be changed and changes nothing" };

    public static Command Create(Terminal terminal) => new PromoteCommand(terminal).Create();

    private Command Create()
    {
        var command = new Command(
            "promote",
            "Shows whom a rule that only watches would have met, and changes its mode to enforce in the files. All other rules keep their mode, all other text stays. "
            + "Example: pmilter promote own_domain/forged_from --dry-run");
        _format.AcceptOnlyFromAmong("text", "json");
        command.Arguments.Add(_name);
        foreach (var option in new Option[] { _site.Configuration, _log, _since, _isSure, _isDry, _format })
        {
            command.Options.Add(option);
        }

        command.SetAction(Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var site = _site.Read(parsed);
        var settings = site.Checked(terminal);
        if (settings.InlinePolicy is not null)
        {
            throw new ServerStartException($"{site.Path} is the original's configuration and has no modes; 'pmilter import' makes policies of it.");
        }

        var rules = RulesOf(settings);
        var target = PromotionTarget.Find(parsed.GetValue(_name)!, rules);
        if (target.Watching.Count == 0)
        {
            return Unchanged(target, parsed.GetValue(_format) == "json");
        }

        var isDry = parsed.GetValue(_isDry);
        var isJson = parsed.GetValue(_format) == "json";
        var count = CountOf(target, parsed.GetValue(_log) ?? settings.Log.Decisions, DurationOption.Read("--since", parsed.GetValue(_since)!, TimeSpan.FromDays(3650)));
        if (count is not null && !isJson)
        {
            new WouldReport(terminal.Output).Write(target, count);
        }

        if (count is null && !isDry && !parsed.GetValue(_isSure))
        {
            terminal.Error.WriteLine("Nothing was changed. --yes goes on without knowing.");
            return ExitCodes.Usage;
        }

        var plan = PromotionPlan.Make(target, rules, site.Path, settings);
        if (isJson)
        {
            JsonOutput.Write(terminal.Output, json => PromotionJson.Write(json, target, count, plan, isChanged: !isDry));
        }
        else
        {
            foreach (var file in plan.Files)
            {
                terminal.Output.WriteLine();
                terminal.Output.Write(UnifiedDiff.Of(file.Source.Path, file.Source.Text, file.Apply().Text));
            }
        }

        if (isDry)
        {
            terminal.Error.WriteLine("Nothing was changed (--dry-run).");
            return ExitCodes.Ok;
        }

        plan.Write();
        terminal.Error.WriteLine($"{target.Name} is enforced from the next reload on. Next:");
        terminal.Error.WriteLine("  pmilter check, and pmilter test: tests that say 'would' of these rules now see the verdict");
        terminal.Error.WriteLine("  kill -HUP the server: it reads the policies and policies.mode again");
        return ExitCodes.Ok;
    }

    private RuleReference[] RulesOf(ServerSettings settings)
    {
        var load = new PolicyLoader(settings, TimeProvider.System).Load();
        if (load.Set is { } set)
        {
            return [.. set.Rules.Select(rule => rule.Rule)];
        }

        terminal.Show(load.Diagnostics.All);
        throw new ServerStartException("the policies have errors; nothing was changed.");
    }

    private int Unchanged(PromotionTarget target, bool isJson)
    {
        if (target.Rules.FirstOrDefault(rule => rule.Mode == PolicyMode.Off) is { } off && target.Rules.All(rule => rule.Mode == PolicyMode.Off))
        {
            throw new ServerStartException(
                $"{target.Name} is off and has seen no mail ({off.Span.FileAndLine}, or policies.mode in pmilter.yaml): set mode: monitor first, and look after some days what it would have done.");
        }

        if (isJson)
        {
            JsonOutput.Write(terminal.Output, json => PromotionJson.Write(json, target, null, null, isChanged: false));
        }
        else
        {
            terminal.Output.WriteLine($"{target.Name} is enforced already; nothing was changed.");
        }

        return ExitCodes.Ok;
    }

    /// <summary>Null when there is nothing to know it from.</summary>
    private WouldCount? CountOf(PromotionTarget target, string log, TimeSpan since)
    {
        IReadOnlyList<string> files;
        try
        {
            files = DecisionLogFiles.Find(log);
        }
        catch (ServerStartException missing)
        {
            terminal.Error.WriteLine($"pmilter: what it would have done is not known. {missing.Message}");
            terminal.Error.WriteLine("  log: { decisions: log/decisions.jsonl } in pmilter.yaml keeps a line for each message, from the next start on.");
            return null;
        }

        var count = new WouldCount(target);
        count.Read(files, since, (done, all) => terminal.Progress(done, all, "bytes"));
        if (count.Messages == 0)
        {
            terminal.Error.WriteLine($"pmilter: {string.Join(", ", files)} holds no message: what it would have done is not known.");
            return null;
        }

        return count;
    }
}
