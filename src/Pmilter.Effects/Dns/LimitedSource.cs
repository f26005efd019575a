namespace Pmilter.Effects.Dns;

/// <summary>Cancelled after a time on an injected clock, or with another token.</summary>
internal sealed class LimitedSource : CancellationTokenSource
{
    private readonly CancellationTokenRegistration _outer;

    public LimitedSource(TimeSpan time, TimeProvider clock, CancellationToken outer)
        : base(time, clock)
    {
        _outer = outer.UnsafeRegister(static source => ((LimitedSource)source!).Cancel(), this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _outer.Dispose();
        }

        base.Dispose(disposing);
    }
}
