using Pmilter.Policies.Text;
using Pmilter.Screen;
using Pmilter.Telemetry;

namespace Pmilter.Commands;

/// <summary>Results go to the output, talk to the error stream; tests give both.</summary>
internal sealed class Terminal
{
    private readonly TerminalTraits _traits;
    private readonly ProgressLine _progress;

    private readonly PriorityWriter? _journal;

    public Terminal(TextWriter output, TextWriter error, TerminalTraits? traits = null, TimeProvider? time = null)
    {
        _traits = traits ?? TerminalTraits.Redirected;
        _journal = error as PriorityWriter;
        Output = new Page(output) { BeforeWrite = EraseProgress, Width = _traits.IsOutputTerminal ? _traits.Width : 0 };
        Error = new Page(error) { BeforeWrite = EraseProgress, Width = _traits.IsErrorTerminal ? _traits.Width : 0 };
        _progress = new ProgressLine(Error, time ?? TimeProvider.System);
        UseColours(ColourOption.Auto);
    }

    public Page Output { get; }

    public Page Error { get; }

    /// <summary>A person looks at the error stream, so that progress may be shown there.</summary>
    public bool IsWatched => _traits is { IsErrorTerminal: true, IsDumb: false };

    /// <param name="choice">A word of <see cref="ColourOption"/>.</param>
    public void UseColours(string choice)
    {
        var isWelcome = _traits is { IsDumb: false, IsColourless: false };
        Output.IsColoured = choice == ColourOption.Always || (choice == ColourOption.Auto && isWelcome && _traits.IsOutputTerminal);
        Error.IsColoured = choice == ColourOption.Always || (choice == ColourOption.Auto && isWelcome && _traits.IsErrorTerminal);
    }

    /// <summary>With place, line and caret; to the journal in their severity.</summary>
    public void Show(IEnumerable<Diagnostic> diagnostics)
    {
        if (_journal is null)
        {
            Error.WriteDiagnostics(diagnostics);
            return;
        }

        foreach (var diagnostic in diagnostics)
        {
            _journal.Priority = diagnostic.Severity == DiagnosticSeverity.Error ? PriorityWriter.Error : PriorityWriter.Warning;
            Error.WriteDiagnostics([diagnostic]);
        }

        _journal.Priority = PriorityWriter.Error;
    }

    /// <summary>A bar while it lasts; nothing where nobody looks.</summary>
    public void Progress(long done, long all, string what)
    {
        if (IsWatched)
        {
            _progress.Show(done, all, what);
        }
    }

    private void EraseProgress() => _progress.Erase();
}
