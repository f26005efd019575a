using Pmilter.Policies.Binding;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Tests.Syntax;
using Xunit;

namespace Pmilter.Policies.Tests.Binding;

public sealed class DiagnosticTests
{
    public static TheoryData<string, string, string> Cases()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Binding", "diagnostics.txt")))
        {
            if (!line.StartsWith('#') && line.Trim().Length > 0)
            {
                var columns = line.Split('|', StringSplitOptions.TrimEntries);
                cases.Add(columns[0], columns[1], string.Join(" | ", columns[2..]));
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Bind_Mistake_IsReported(string phase, string expression, string expected)
    {
        var (bound, bag) = Bound.TryCondition(expression, new BindingSite(Enum.Parse<Phase>(phase, ignoreCase: true)));

        var found = bag.All.Select(d => string.Join(" | ", d.Id, Expressions.Written(d.Span), d.Message, d.Hint ?? string.Empty).Trim());
        Assert.Contains(expected.Trim(), found);
        Assert.Equal(bag.HasErrors, bound is null);
    }

    [Fact]
    public void Bind_SeveralMistakes_ReportsAll()
    {
        var (_, bag) = Bound.TryCondition("client_contry = 'RU' and counter('same_frm') > 20 or size > 'x'", new BindingSite(Phase.Eom));

        Assert.Equal(["PM104", "PM103", "PM133"], bag.All.Select(d => d.Id));
    }

    [Fact]
    public void Bind_LaterCounterInLimit_IsAnError()
    {
        var (_, bag) = Bound.TryCondition("counter('per_login') > 1", new BindingSite(Phase.Mail, IsLimit: true));

        Assert.Equal("PM139", Assert.Single(bag.All).Id);
    }

    [Fact]
    public void Bind_LaterCounterInCondition_ReadsTheStore()
    {
        var (bound, bag) = Bound.TryCondition("counter('per_login') > 1", new BindingSite(Phase.Mail));

        Assert.False(bag.HasErrors);
        Assert.True(bound?.Usage.HasLookup);
    }
}
