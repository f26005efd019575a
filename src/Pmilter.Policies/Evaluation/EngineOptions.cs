namespace Pmilter.Policies.Evaluation;

/// <summary>What the server's configuration says to the engine.</summary>
public sealed record EngineOptions
{
    private ServerReplies? _replies;

    /// <summary><c>server.zone</c>.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    /// <summary><c>server.on_error</c>.</summary>
    public Syntax.OnError OnError { get; init; }

    /// <summary><c>state.on_error</c>; null for <c>local</c>.</summary>
    public Syntax.OnError? StateOnError { get; init; }

    /// <summary>Runs handler scripts; null where no policy needs one.</summary>
    public Scripts.IScriptHost? Scripts { get; init; }

    /// <summary><c>ruby.timeout</c>.</summary>
    public TimeSpan ScriptTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary><c>protect</c>. Default: nobody.</summary>
    public Protecting.Protection Protection { get; init; } = Protecting.Protection.None;

    /// <summary><c>fuse</c>: which rules have refused too much; null for no fuses.</summary>
    public Fuses.FuseBoard? Fuses { get; init; }

    /// <summary>Answers look-ups; null: they fail.</summary>
    public Facts.INameService? Names { get; init; }

    /// <summary>What the look-ups of an event may take together; less than <c>server.event_deadline</c>, so that rules' <c>on_error</c> answer.</summary>
    public TimeSpan LookupBudget { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary><c>ruby.on_error</c>.</summary>
    public Syntax.OnError ScriptOnError { get; init; } = Syntax.OnError.Tempfail;

    /// <summary><c>server.replies</c>: default texts of tempfail and reject.</summary>
    public string TempfailReply { get; init; } = "4.7.1 Please try again later";

    /// <summary>With <c>{retry_after}</c>.</summary>
    public string GreylistReply { get; init; } = "4.7.1 Greylisted, try again in {retry_after}";

    public string RejectReply { get; init; } = "5.7.1 Rejected by policy";

    /// <summary>Made once, not once a connection; anew where a copy has other texts.</summary>
    internal ServerReplies DefaultReplies =>
        _replies is { } known && known.TempfailText == TempfailReply && known.RejectText == RejectReply ? known : _replies = new ServerReplies(TempfailReply, RejectReply);

    /// <summary><c>content.headers_limit</c> in bytes: values of further headers are not kept.</summary>
    public long HeadersLimitBytes { get; init; } = 1_000_000;

    /// <summary><c>content</c>: how much of messages' contents is looked at, where a rule asks.</summary>
    public Mail.Content.ContentLimits Content { get; init; } = Mail.Content.ContentLimits.Default;

    /// <summary><c>content.rewrite_limit</c> in bytes: to larger bodies no text is added.</summary>
    public long RewriteLimitBytes { get; init; } = 10 * 1024 * 1024;
}
