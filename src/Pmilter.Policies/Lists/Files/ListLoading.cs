using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists.Files;

/// <summary>
/// Reads a list file and judges it: a file that cannot be read, has wrong lines or too few of them gives way to what was good before, so
/// that a half-written export changes nothing.
/// </summary>
internal sealed class ListLoading(ListDefinition definition, IListFileReader files, ListReading reading)
{
    /// <summary>The list that counts from now on, and what is wrong with the file; no list when there is nothing good to go on with.</summary>
    /// <param name="previous">Entries that the list had before when neither memory nor a copy knows.</param>
    public ListVerdict Load(int? previous)
    {
        var file = files.Find(definition.PolicyPath, definition.Path.Value);
        if (file.Missing is { } reason)
        {
            return Fallback(file, null, [ListDiagnostics.Unreadable(definition.Path.Span, definition.Path.Value, reason)]);
        }

        var known = reading.InForce(file.Path, definition.Type);
        var copy = known is null ? reading.Copy(file.Path, definition.Type) : null;
        Diagnostic? error = null;
        var loaded = known is not null && known.IsOf(file.Stamp, reading.Now) ? known : ListFileLoader.Load(definition.Type, file, definition.Path, reading, out error);
        if (loaded is null)
        {
            return Fallback(file, null, error is null ? [] : [error]);
        }

        Diagnostic[] problems = [.. loaded.Diagnostics, .. definition.Guard.Check(loaded.Content.Count, known?.Content.Count ?? copy?.Count ?? previous, definition.Name.Span)];
        return Array.Exists(problems, problem => problem.Severity == DiagnosticSeverity.Error)
            ? Fallback(file, loaded, problems)
            : new ListVerdict(loaded, file.Stamp, problems, IsKept: false, IsFromCopy: false);
    }

    private ListVerdict Fallback(ListFile file, LoadedList? broken, IReadOnlyList<Diagnostic> problems)
    {
        if (reading.InForce(file.Path, definition.Type) is { } known)
        {
            return new ListVerdict(known, file.Stamp, problems, IsKept: true, IsFromCopy: false);
        }

        if (reading.Copy(file.Path, definition.Type) is { } copy
            && ListFileLoader.Load(definition.Type, copy.File, definition.Path, reading, out _) is { HasErrors: false } old)
        {
            return new ListVerdict(old, file.Stamp, problems, IsKept: true, IsFromCopy: true);
        }

        return new ListVerdict(broken, file.Stamp, problems, IsKept: false, IsFromCopy: false);
    }
}

/// <summary>What came of a list file.</summary>
/// <param name="Loaded">What counts from now on; with errors among the problems and nothing kept, what could be read.</param>
/// <param name="Stamp">Of the file that was looked at.</param>
/// <param name="Problems">What is wrong with it.</param>
/// <param name="IsKept">An earlier content counts.</param>
/// <param name="IsFromCopy">It is an earlier run's.</param>
internal sealed record ListVerdict(LoadedList? Loaded, ListStamp Stamp, IReadOnlyList<Diagnostic> Problems, bool IsKept, bool IsFromCopy);
