namespace Pmilter.Policies.Evaluation;

/// <summary>What has come of the running event so far, until it is a decision. One an engine, reused; lists are made when first needed.</summary>
internal sealed class EventOutcome
{
    private List<WouldHave>? _would;
    private List<LogLine>? _logs;
    private List<LogLine>? _errors;

    /// <summary>The rule whose steps run.</summary>
    public RuleReference Rule { get; set; } = RuleReference.Server;

    public TimeSpan Delay { get; set; }

    /// <summary>The last <c>allow</c>: told when nothing else decides.</summary>
    public RuleReference? Allowed { get; set; }

    public bool IsEmpty => _would is null && _logs is null && _errors is null && Delay == TimeSpan.Zero && Allowed is null;

    public IReadOnlyList<WouldHave> Would => _would is { } would ? would : [];

    public IReadOnlyList<LogLine> Logs => _logs is { } logs ? logs : [];

    public IReadOnlyList<LogLine> Errors => _errors is { } errors ? errors : [];

    /// <summary>What a monitor rule has left; <c>continue</c> for nothing.</summary>
    public string WouldOf(RuleReference rule) =>
        _would?.FindLast(would => ReferenceEquals(would.Rule, rule))?.Outcome ?? "continue";

    public void AddWould(WouldHave would) => (_would ??= []).Add(would);

    public void Log(string text) => Log(new LogLine(Rule, text));

    public void Log(LogLine line) => (_logs ??= []).Add(line);

    public void Error(RuleReference rule, string text) => (_errors ??= []).Add(new LogLine(rule, text));

    /// <summary>The lists belong to the decision that was made of them; new ones are made.</summary>
    public void Clear()
    {
        _would = null;
        _logs = null;
        _errors = null;
        Delay = TimeSpan.Zero;
        Allowed = null;
        Rule = RuleReference.Server;
    }
}
