namespace Pmilter.Protocol.Transports.Epoll;

/// <summary>Hears of its descriptor in a loop's thread.</summary>
internal interface IEpollClient
{
    /// <summary>The events that came. One may be of a descriptor that had the same number before: only trying tells.</summary>
    void Ready(uint events);

    /// <summary>It is its turn again, as it had asked (<see cref="EpollLoop.Later"/>).</summary>
    void Again();
}
