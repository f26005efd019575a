using Pmilter.Policies.Notices;

namespace Pmilter.Configuration;

/// <summary>A target of <c>notify</c>, checked; at least one of <see cref="Url"/> and <see cref="Mail"/> is there.</summary>
internal sealed record NotifyOptions
{
    /// <summary>http or https; null for none.</summary>
    public Uri? Url { get; init; }

    /// <summary>As written; empty for none.</summary>
    public string SecretFile { get; init; } = string.Empty;

    /// <summary>Empty for none.</summary>
    public string Mail { get; init; } = string.Empty;

    public string MailHost { get; init; } = "127.0.0.1";

    public int MailPort { get; init; } = 25;

    /// <summary>Empty: postmaster at this machine's name.</summary>
    public string From { get; init; } = string.Empty;

    /// <summary>Null: once a ban or hold, of other rules once an hour and key.</summary>
    public NoticeQuota? AtMost { get; init; }

    /// <summary>Default 30; 1 to 10,000.</summary>
    public int MaxPerMinute { get; init; } = 30;
}
