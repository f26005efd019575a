using System.Globalization;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Tests.Binding;
using Xunit;

namespace Pmilter.Policies.Tests.Evaluation;

public sealed class ExpressionCaseTests
{
    public static TheoryData<string, string, string> Cases()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Evaluation", "expressions.txt")))
        {
            if (line.StartsWith('#') || line.Trim().Length == 0)
            {
                continue;
            }

            var columns = line.Split('|', StringSplitOptions.TrimEntries);
            cases.Add(columns[0], columns[1], columns[2]);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Evaluate_Case_GivesResult(string expression, string facts, string expected)
    {
        var story = StoryReader.Read(facts);
        var context = Mother.Context(story);
        var value = Bound.Value(expression, story.Phase);

        var status = Evaluate(value, context, out var result);

        Assert.Equal(EvaluationStatus.Known, status);
        Assert.Equal(expected, result.Trim());
    }

    private static EvaluationStatus Evaluate(Policies.Binding.BoundValue value, EvaluationContext context, out string result)
    {
        if (value.Number is { } number)
        {
            var status = number.Node.Evaluate(context, out var found);
            result = Math.Round(found, 9).ToString(CultureInfo.InvariantCulture);
            return status;
        }

        if (value.Bool is { } truth)
        {
            var status = truth.Node.Evaluate(context, out var found);
            result = found ? "true" : "false";
            return status;
        }

        return value.Text!.Node.Evaluate(context, out result);
    }
}
