using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists.Files;

/// <summary>What was read of a list file.</summary>
public sealed record LoadedList
{
    /// <summary>As shown.</summary>
    public required string Path { get; init; }

    /// <summary>What the file looked like before it was read.</summary>
    public required ListStamp Stamp { get; init; }

    public required MailList Content { get; init; }

    /// <summary>Of all its bytes: tells contents apart, protects nothing.</summary>
    public ulong Hash { get; init; }

    /// <summary>What is wrong with its lines; of a list in force warnings alone.</summary>
    public required IReadOnlyList<Diagnostic> Diagnostics { get; init; }

    /// <summary>When the first of its lines expires and the file is to be read again; null when none does.</summary>
    public DateTimeOffset? ExpiresNext { get; init; }

    public bool HasErrors => Diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

    /// <summary>Whether the file would be read to the same list.</summary>
    public bool IsOf(ListStamp stamp, DateTimeOffset now) => Stamp == stamp && !(ExpiresNext <= now);
}

/// <summary>A list that goes on with what was good, since its file is not.</summary>
/// <param name="List">The list.</param>
/// <param name="Problems">What is wrong with the file.</param>
/// <param name="IsFromCopy">It goes on with a copy of an earlier run, not with what this process had read.</param>
public sealed record KeptList(FileList List, IReadOnlyList<Diagnostic> Problems, bool IsFromCopy);
