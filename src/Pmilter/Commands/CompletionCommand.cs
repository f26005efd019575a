using System.CommandLine;

namespace Pmilter.Commands;

/// <summary><c>pmilter completion</c>: a script with which a shell completes verbs, options and their words. The program itself knows them.</summary>
internal static class CompletionCommand
{
    // The quotes keep the directive from being a file pattern; words come one a line.
    private const string Bash = """
        # bash completion of pmilter: source <(pmilter completion bash)
        _pmilter() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null | grep -v '^[/-][?h]$')" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _pmilter pmilter

        """;

    private const string Zsh = """
        #compdef pmilter
        # zsh completion of pmilter: source <(pmilter completion zsh), or as _pmilter in a folder of fpath
        _pmilter() {
            local -a words_of_pmilter
            words_of_pmilter=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null | grep -v '^[/-][?h]$')}")
            compadd -- "${(@)words_of_pmilter:#}"
            _files
        }
        if [[ "$funcstack[1]" == _pmilter ]]; then _pmilter "$@"; else compdef _pmilter pmilter; fi

        """;

    private const string Fish = """
        # fish completion of pmilter: pmilter completion fish > ~/.config/fish/completions/pmilter.fish
        function __pmilter_words
            set -l line (commandline -cp)
            pmilter "[suggest:"(string length -- $line)"]" $line 2>/dev/null | string match -rv '^[/-][?h]$'
        end
        complete -c pmilter -a "(__pmilter_words)"

        """;

    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal) { ["bash"] = Bash, ["zsh"] = Zsh, ["fish"] = Fish };

    public static Command Create(Terminal terminal)
    {
        var command = new Command("completion", "Prints a script that makes a shell complete verbs and options. Example: pmilter completion bash > /etc/bash_completion.d/pmilter");
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        command.Arguments.Add(shell);
        command.SetAction(parsed =>
        {
            terminal.Output.Write(Scripts[parsed.GetValue(shell)!]);
            return ExitCodes.Ok;
        });
        return command;
    }
}
