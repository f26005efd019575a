using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Pmilter.Screen;

namespace Pmilter.Commands;

/// <summary>Help as usual, but for the example: it stands on a line of its own, and not in the list of verbs.</summary>
internal sealed class HelpPage(HelpAction usual, Page output) : SynchronousCommandLineAction
{
    private const string Mark = "Example: ";

    public static void Replace(RootCommand root, Page output)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction usual)
            {
                option.Action = new HelpPage(usual, output);
            }
        }
    }

    /// <summary>Help is asked for without what the verb requires.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var command = parseResult.CommandResult.Command;
        var example = TakeExample(command);
        foreach (var verb in command.Subcommands)
        {
            TakeExample(verb);
        }

        using var text = new StringWriter();
        parseResult.InvocationConfiguration.Output = text;
        usual.MaxWidth = output.Width > 0 ? output.Width : int.MaxValue;
        var exitCode = usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        foreach (var line in text.ToString().TrimEnd().Split(text.NewLine))
        {
            var isHeading = line.EndsWith(':') && !line.StartsWith(' ');
            output.Put(new Toned(line, isHeading ? Tone.Strong : Tone.Plain));
            output.WriteLine();
        }

        if (example.Length > 0)
        {
            output.WriteLine();
            output.Line($"{Toned.Strong(Mark.TrimEnd())} {example}");
        }

        return exitCode;
    }

    /// <summary>What stands behind the mark, which its description loses.</summary>
    private static string TakeExample(Command command)
    {
        var description = command.Description ?? string.Empty;
        var mark = description.IndexOf(Mark, StringComparison.Ordinal);
        if (mark < 0)
        {
            return string.Empty;
        }

        command.Description = description[..mark].TrimEnd();
        return description[(mark + Mark.Length)..];
    }
}
