using Pmilter.Policies.Facts;

namespace Pmilter.TestKit.Scenarios;

/// <summary>A DNS of a few names: what is not in it does not exist. <c>null</c> fails.</summary>
public sealed class ScriptedNames : INameService
{
    private readonly Dictionary<(string Name, NameRecordKind Kind), string[]?> _records = [];

    public List<string> Asked { get; } = [];

    public List<string> Doubts { get; } = [];

    /// <summary>Called with each question, before it is answered.</summary>
    public Func<NameQuestion, CancellationToken, Task>? Waiting { get; set; }

    public List<TimeSpan> Limits { get; } = [];

    public string[]? this[string name, NameRecordKind kind]
    {
        set => _records[(name, kind)] = value;
    }

    public async ValueTask<NameAnswer> AskAsync(NameQuestion question, CancellationToken cancellationToken)
    {
        Asked.Add($"{question.Kind} {question.Name}");
        if (Waiting is { } waiting)
        {
            await waiting(question, cancellationToken);
        }

        return cancellationToken.IsCancellationRequested ? NameAnswer.Failed("no answer in time")
            : !_records.TryGetValue((question.Name, question.Kind), out var records) ? _records.Keys.Any(key => key.Name == question.Name) ? NameAnswer.NoData : NameAnswer.NotFound
            : records is null ? NameAnswer.Failed("scripted")
            : NameAnswer.Found(records);
    }

    public CancellationTokenSource Limit(TimeSpan time, CancellationToken cancellationToken)
    {
        Limits.Add(time);
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (time == TimeSpan.FromMilliseconds(1))
        {
            source.Cancel();
        }

        return source;
    }

    public void Doubt(string zone, string what) => Doubts.Add($"{zone} {what}");

    public void Trust(string zone) => Doubts.RemoveAll(doubt => doubt.StartsWith(zone, StringComparison.Ordinal));
}
