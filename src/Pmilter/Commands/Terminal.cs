using System.Globalization;
using Pmilter.Policies.Text;
using Pmilter.Telemetry;

namespace Pmilter.Commands;

/// <summary>Results go to the output, talk to the error stream; tests give both.</summary>
internal sealed record Terminal(TextWriter Output, TextWriter Error)
{
    /// <summary>A person looks at the error stream, so that progress may be shown there.</summary>
    public bool IsWatched { get; init; }

    /// <summary>With place, line and caret; to the journal in their severity.</summary>
    public void Show(IEnumerable<Diagnostic> diagnostics)
    {
        if (Error is not PriorityWriter journal)
        {
            Error.Write(DiagnosticRenderer.Render(diagnostics));
            return;
        }

        foreach (var diagnostic in diagnostics)
        {
            journal.Priority = diagnostic.Severity == DiagnosticSeverity.Error ? PriorityWriter.Error : PriorityWriter.Warning;
            journal.Write(DiagnosticRenderer.Render([diagnostic]));
        }

        journal.Priority = PriorityWriter.Error;
    }

    /// <summary>One line that is written over; nothing where nobody looks.</summary>
    public void Progress(long done, long all, string what)
    {
        if (IsWatched)
        {
            Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{done} of {all} {what} ({(all == 0 ? 100 : done * 100 / all)} %) {(done == all ? "\n" : string.Empty)}"));
        }
    }
}
