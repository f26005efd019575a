namespace Pmilter.Server;

/// <summary><c>server.max_connections</c>, over all listeners: without a free slot nothing is accepted, so that further connections wait in the backlog.</summary>
internal sealed class ConnectionSlots(int limit) : IDisposable
{
    private readonly SemaphoreSlim _free = new(limit, limit);

    public bool IsFull => _free.CurrentCount == 0;

    public Task TakeAsync(CancellationToken cancellationToken) => _free.WaitAsync(cancellationToken);

    public void Free() => _free.Release();

    public void Dispose() => _free.Dispose();
}
