using System.Runtime.InteropServices;

namespace Pmilter.Server;

/// <summary>SIGTERM and SIGINT stop gracefully; SIGHUP, which log rotation sends, reloads and never kills.</summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly Action _stopping;
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <param name="stopping">Called before the token is cancelled, so that nothing can have ended by then.</param>
    public Signals(Action reload, Action stopping, CancellationToken cancellationToken)
    {
        _stopping = stopping;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            reload();
        }));
    }

    public CancellationToken Stopping => _stop.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _stopping();
        _stop.Cancel();
    }
}
