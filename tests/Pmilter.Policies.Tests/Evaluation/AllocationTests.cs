using Pmilter.Policies.Tests.Binding;
using Xunit;

namespace Pmilter.Policies.Tests.Evaluation;

public sealed class AllocationTests
{
    [Theory]
    [InlineData("in_list(client_country, 'watched') and not (in_list(client_ip, 'partners') or authenticated)")]
    [InlineData("in_net(client_ip, '10.0.0.0/8', '2001:db8::/32') or client_net = '203.0.113.0/24'")]
    [InlineData("in(mail_from_domain, 'a.example', 'b.example', 'sender.example') and declared_size * 2 < mb(10)")]
    [InlineData("matches(subject, 'bait') or contains(header_from_name, 'bank') or header('Subject') = 'x'")]
    [InlineData("any_rcpt(rcpt_to_domain = 'nowhere.example') or rcpts(starts_with(rcpt_to, 'b')) > 5")]
    [InlineData("time_between('22:00', '06:00') and hour >= 22 and weekday < 6 and days_since('2026-01-01') < 400")]
    [InlineData("tagged('suspicious') or score_total > 5 or var('kind') = 'x' or counter('per_client') > 3")]
    [InlineData("if(is_bounce, 10, 20) > round(size / 1000) and mail_from_base <> 'x@y.example'")]
    public void Evaluate_SecondTime_AllocatesNothing(string text)
    {
        var condition = Bound.Condition(text);
        var context = Mother.Context(new Story());
        for (var i = 0; i < 100; i++)
        {
            condition.Node.Evaluate(context, out _);
        }

        // The runtime's own work (tiering, a collection) can fall into one round, never into all.
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
            {
                condition.Node.Evaluate(context, out _);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }
}
