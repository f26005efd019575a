namespace Pmilter.Monitoring;

/// <summary>Whether mail may be sent here, and why not.</summary>
internal sealed class Readiness(CancellationToken stop)
{
    private Func<string>? _fault;

    /// <summary>Empty when mail is taken.</summary>
    public string Reason =>
        stop.IsCancellationRequested ? "stopping: sessions may end, and none begins"
        : _fault is { } fault ? fault() : "starting";

    /// <summary>The policies are loaded and the listeners bound.</summary>
    /// <param name="fault">What does not work all the same; empty when all does.</param>
    public void Ready(Func<string> fault) => Volatile.Write(ref _fault, fault);
}
