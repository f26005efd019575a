using System.Globalization;
using Pmilter.Commands;
using Pmilter.Tests.Architecture;

namespace Pmilter.Tests.Peers;

/// <summary>What tests/peers/compare.sh measures is a set that a user could run.</summary>
public sealed class MeasuredSetTests
{
    [Fact]
    public async Task Check_OfTheSet_FindsNothing()
    {
        var said = new StringWriter(CultureInfo.InvariantCulture);
        var status = await CommandLine.RunAsync(["check", "-c", Path.Combine(SourceTree.Root, "tests", "peers", "benchmark", "pmilter.yaml")], new Terminal(said, said), CancellationToken.None);

        Assert.Equal(0, status);
        Assert.Contains("No problems found. 3 policies, 6 rules", said.ToString(), StringComparison.Ordinal);
    }
}
