using Pmilter.Policies.Notices;
using Pmilter.Policies.Protecting;

namespace Pmilter.Policies.Evaluation;

/// <summary>What has come of the running event so far, until it is a decision. One an engine, reused; lists are made when first needed.</summary>
internal sealed class EventOutcome
{
    private List<WouldHave>? _would;
    private List<LogLine>? _logs;
    private List<LogLine>? _errors;
    private List<Notice>? _notices;
    private List<ProtectedFrom>? _protected;

    /// <summary>The rule whose steps run.</summary>
    public RuleReference Rule { get; set; } = RuleReference.Server;

    public TimeSpan Delay { get; set; }

    /// <summary>The last <c>allow</c>: told when nothing else decides.</summary>
    public RuleReference? Allowed { get; set; }

    public bool IsEmpty => _would is null && _logs is null && _errors is null && _notices is null && _protected is null && Delay == TimeSpan.Zero && Allowed is null;

    public IReadOnlyList<WouldHave> Would => _would is { } would ? would : [];

    public IReadOnlyList<LogLine> Logs => _logs is { } logs ? logs : [];

    public IReadOnlyList<LogLine> Errors => _errors is { } errors ? errors : [];

    public IReadOnlyList<Notice> Notices => _notices is { } notices ? notices : [];

    public IReadOnlyList<ProtectedFrom> Protected => _protected is { } spared ? spared : [];

    /// <summary>What a monitor rule has left; <c>continue</c> for nothing.</summary>
    public string WouldOf(RuleReference rule) =>
        _would?.FindLast(would => ReferenceEquals(would.Rule, rule))?.Outcome ?? "continue";

    public void AddWould(WouldHave would) => (_would ??= []).Add(would);

    public void AddNotice(Notice notice) => (_notices ??= []).Add(notice);

    public void AddProtected(ProtectedFrom spared) => (_protected ??= []).Add(spared);

    /// <summary>Whether the rule did nothing for the sake of somebody who is protected.</summary>
    public bool HasSpared(RuleReference rule) => _protected?.Exists(spared => ReferenceEquals(spared.Rule, rule)) == true;

    public void Log(string text) => Log(new LogLine(Rule, text));

    public void Log(LogLine line) => (_logs ??= []).Add(line);

    /// <param name="isToldElsewhere">Somebody logs the trouble once, so that it need not stand in the log for each message.</param>
    public void Error(RuleReference rule, string text, bool isToldElsewhere = false) =>
        (_errors ??= []).Add(new LogLine(rule, text) { IsToldElsewhere = isToldElsewhere });

    /// <summary>The lists belong to the decision that was made of them; new ones are made.</summary>
    public void Clear()
    {
        _would = null;
        _logs = null;
        _errors = null;
        _notices = null;
        _protected = null;
        Delay = TimeSpan.Zero;
        Allowed = null;
        Rule = RuleReference.Server;
    }
}
