using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary>One socket on which MTAs are awaited.</summary>
/// <param name="Name">For the field <c>listener</c>; empty when not given.</param>
/// <param name="Address">As written: <c>inet:127.0.0.1:8895</c>, <c>inet:8895@127.0.0.1</c>, <c>unix:/run/pmilter.sock</c>.</param>
/// <param name="Mode">Of a Unix socket: permissions; null leaves them to the umask.</param>
/// <param name="Group">Of a Unix socket; empty leaves it.</param>
/// <param name="Span">Null for the default.</param>
internal sealed record ListenerOptions(string Name, ListenAddress Address, UnixFileMode? Mode, string Group, SourceSpan? Span)
{
    public static ListenerOptions Default { get; } = new(string.Empty, new ListenAddress("inet:127.0.0.1:8895", "127.0.0.1", 8895, string.Empty), null, string.Empty, null);
}
