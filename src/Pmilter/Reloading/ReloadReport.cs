using Pmilter.Policies.Text;

namespace Pmilter.Reloading;

/// <summary>What one reload came to.</summary>
/// <param name="At">When.</param>
/// <param name="Cause">Who asked.</param>
/// <param name="IsGood">Whether the policies on disk are in force now.</param>
/// <param name="Revision">In force now.</param>
/// <param name="Older">In force before; the same where nothing changed.</param>
internal sealed record ReloadReport(DateTimeOffset At, ReloadCause Cause, bool IsGood, string Revision, string Older)
{
    /// <summary>Why not, where it is not good; else null.</summary>
    public string? Reason { get; init; }

    public IReadOnlyList<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>What the newer policies do otherwise, a line a difference.</summary>
    public IReadOnlyList<string> Differences { get; init; } = [];

    /// <summary>Sessions that were told to come again; null where none was to be.</summary>
    public int? Cut { get; init; }

    public bool IsUnchanged => IsGood && string.Equals(Revision, Older, StringComparison.Ordinal);
}

/// <summary>Who asked for a reload.</summary>
internal enum ReloadCause
{
    /// <summary>The policies that the server began with.</summary>
    Start,

    /// <summary>SIGHUP.</summary>
    Signal,

    /// <summary>A file changed.</summary>
    Files,

    /// <summary><c>pmilter reload</c> or <c>pmilter rollback</c>.</summary>
    Command,
}
