using Pmilter.Reloading;
using Pmilter.Server;

namespace Pmilter.Admin;

/// <summary>Reloads on request.</summary>
internal sealed class ReloadDesk(PolicyReloader reloader)
{
    /// <summary>Compiling takes a while: not on the thread that answers others.</summary>
    public Task<ReloadAnswer> ReloadAsync(bool isCut) => Task.Run(() => Answer(reloader.Reload(ReloadCause.Command, isCut)));

    private static ReloadAnswer Answer(ReloadReport report) => new(
        report.IsGood,
        report.Revision,
        report.Older,
        report.Reason,
        [.. report.Diagnostics.Select(diagnostic => $"{diagnostic.Span.FileAndLine}: {diagnostic.Id}: {diagnostic.Message}")],
        report.Differences,
        report.Cut);
}
