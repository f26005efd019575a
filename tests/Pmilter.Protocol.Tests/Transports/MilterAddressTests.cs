using Pmilter.Protocol.Transports;

namespace Pmilter.Protocol.Tests.Transports;

public sealed class MilterAddressTests
{
    [Theory]
    [InlineData("inet:127.0.0.1:8895", "inet:127.0.0.1:8895")]
    [InlineData("inet:8895@127.0.0.1", "inet:127.0.0.1:8895")]
    [InlineData("inet:localhost:1", "inet:localhost:1")]
    [InlineData("inet:*:8895", "inet:*:8895")]
    [InlineData("inet6:8895@::1", "inet6:[::1]:8895")]
    [InlineData("inet6:[::1]:8895", "inet6:[::1]:8895")]
    [InlineData("inet6:::1:8895", "inet6:[::1]:8895")]
    [InlineData("inet:[2001:db8::1]:25", "inet:[2001:db8::1]:25")]
    [InlineData("unix:/run/pmilter.sock", "unix:/run/pmilter.sock")]
    [InlineData("local:relative/path", "unix:relative/path")]
    public void TryParse_BothNotations_Understood(string text, string expected)
    {
        Assert.True(MilterAddress.TryParse(text, out var address, out var error), error);
        Assert.Equal(expected, address.ToString());
    }

    [Theory]
    [InlineData("", "is not a socket address")]
    [InlineData("127.0.0.1:8895", "is not a socket address")]
    [InlineData("tcp:127.0.0.1:8895", "is not a socket address")]
    [InlineData("unix:", "is not a socket address")]
    [InlineData("inet:8895", "names no host")]
    [InlineData("inet:@host", "has the port ''")]
    [InlineData("inet:host:http", "has the port 'http'")]
    [InlineData("inet:host:65536", "has the port '65536'")]
    [InlineData("inet:host:-1", "has the port '-1'")]
    [InlineData("inet6:8895@127.0.0.1", "has the IPv4 address")]
    public void TryParse_Wrong_SaysWhatIsExpected(string text, string expected)
    {
        Assert.False(MilterAddress.TryParse(text, out _, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }
}
