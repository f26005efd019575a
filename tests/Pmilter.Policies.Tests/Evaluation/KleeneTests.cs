using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Tests.Binding;
using Xunit;

namespace Pmilter.Policies.Tests.Evaluation;

/// <summary>t, f: known; p: pending; x: failed.</summary>
public sealed class KleeneTests
{
    [Theory]
    [InlineData("and", "tt=t tf=f tp=p tx=x ft=f ff=f fp=f fx=f pt=p pf=p pp=p px=p xt=x xf=f xp=p xx=x")]
    [InlineData("or", "tt=t tf=t tp=t tx=t ft=t ff=f fp=p fx=x pt=p pf=p pp=p px=p xt=t xf=x xp=p xx=x")]
    public void Junction_OfStatuses_FollowsTable(string sign, string table)
    {
        foreach (var row in table.Split(' '))
        {
            var node = new JunctionNode(sign == "or", new Fixed(row[0]), new Fixed(row[1]), Bound.Tree("a or b"));

            Assert.Equal($"{row[..2]}={row[3]}", $"{row[..2]}={Outcome(node)}");
        }
    }

    [Theory]
    [InlineData('t', 'f')]
    [InlineData('f', 't')]
    [InlineData('p', 'p')]
    [InlineData('x', 'x')]
    public void Not_OfStatus_KeepsWhatIsNotKnown(char operand, char expected) =>
        Assert.Equal(expected, Outcome(new NotNode(new Fixed(operand), Bound.Tree("not a"))));

    [Fact]
    public void Matches_PatternTakesTooLong_Fails()
    {
        var slow = Bound.Condition("matches(subject, 'slow')");
        var context = Mother.Context(new Story { Headers = [("Subject", new string('a', 60) + "!")] });

        Assert.Equal(EvaluationStatus.Failed, slow.Node.Evaluate(context, out _));
        Assert.True(slow.Usage.HasLookup);
    }

    [Fact]
    public void FailedFact_OtherSideDecides_DoesNotCount()
    {
        var condition = Bound.Condition("matches(subject, 'slow') and client_country = 'JP'");
        var context = Mother.Context(new Story { Headers = [("Subject", new string('a', 60) + "!")] });

        Assert.Equal(EvaluationStatus.Known, condition.Node.Evaluate(context, out var value));
        Assert.False(value);
    }

    private static char Outcome(Expression<bool> node) => node.Evaluate(Mother.Context(new Story()), out var value) switch
    {
        EvaluationStatus.Pending => 'p',
        EvaluationStatus.Failed => 'x',
        _ => value ? 't' : 'f',
    };

    private sealed class Fixed(char outcome) : Expression<bool>
    {
        public override EvaluationStatus Evaluate(EvaluationContext context, out bool value)
        {
            value = outcome == 't';
            return outcome switch { 'p' => EvaluationStatus.Pending, 'x' => EvaluationStatus.Failed, _ => EvaluationStatus.Known };
        }

        public override string ToString() => outcome.ToString();
    }
}
