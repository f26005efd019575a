using CsCheck;
using Pmilter.Policies.Lists;
using Xunit;

namespace Pmilter.Policies.Tests.Lists;

public sealed class PatternTests
{
    [Theory]
    [InlineData("lottery|当選", true)]
    [InlineData(@"^\d+\.\d+$", true)]
    [InlineData(@"a\\1", true)]
    [InlineData("a{2,3}b", true)]
    [InlineData("(?:a|b)c", true)]
    [InlineData("(?i)a", true)]
    [InlineData("(?=a)b", false)]
    [InlineData("(?<!a)b", false)]
    [InlineData("(?>a+)b", false)]
    [InlineData(@"(a)\1", false)]
    [InlineData(@"(?<x>a)\k<x>", false)]
    [InlineData(@"\Ga", false)]
    [InlineData(@"a\\(b)\1", false)]
    public void IsLinear_OfAPattern_IsKnownBeforeItsFirstMatch(string text, bool isLinear)
    {
        var pattern = new Pattern(text);

        Assert.Equal(isLinear, pattern.IsLinear);
        pattern.Prepare();
    }

    /// <summary>What is taken for linear without a try must never be refused at its first match.</summary>
    [Fact]
    public void Prepare_OfWhateverCouldBeConstructed_Succeeds() =>
        Gen.Char["ab|()[]^$.*+?\\dwsbBAzZpkG1<>-,{}=!:# "].Array[1, 14].Select(letters => new string(letters)).Sample(
            text =>
            {
                Pattern pattern;
                try
                {
                    pattern = new Pattern(text);
                }
                catch (ArgumentException)
                {
                    return;
                }

                pattern.Prepare();
                _ = pattern.IsMatch("ab1 a");
            },
            iter: 20_000);

    [Theory]
    [InlineData("(")]
    [InlineData("a{2,1}")]
    [InlineData("[z-a]")]
    public void Construction_OfABadPattern_Throws(string text) => Assert.ThrowsAny<ArgumentException>(() => new Pattern(text));
}
