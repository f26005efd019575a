namespace Pmilter.Policies.Facts;

/// <summary>The DNS, as look-ups need it. Answers may come from a cache; the clock, deadlines and bounds are the service's own.</summary>
public interface INameService
{
    /// <summary>Never throws: what cannot be had, the token's end included, is <see cref="NameOutcome.Failed"/>.</summary>
    ValueTask<NameAnswer> AskAsync(NameQuestion question, CancellationToken cancellationToken);

    /// <summary>A source that is cancelled after a time, or with the token. The caller disposes of it.</summary>
    CancellationTokenSource Limit(TimeSpan time, CancellationToken cancellationToken);

    /// <summary>An answer came and is not what it should be. Told to the log once, until <see cref="Trust"/>.</summary>
    /// <param name="zone">The DNS list.</param>
    /// <param name="what">What it answered.</param>
    void Doubt(string zone, string what);

    /// <summary>The list answers as it should.</summary>
    void Trust(string zone);
}

/// <summary>The kinds of records that are asked for.</summary>
public enum NameRecordKind
{
    A,
    Aaaa,
    Mx,
    Ptr,
    Txt,
}

/// <summary>One question.</summary>
/// <param name="Name">Lower case, A-labels, no final dot.</param>
/// <param name="Kind">What is asked for.</param>
/// <param name="Zone">The DNS list that it is about, so that one that is dead is left in peace alone; empty for the DNS at large.</param>
public readonly record struct NameQuestion(string Name, NameRecordKind Kind, string Zone = "");

/// <summary>What came of a question.</summary>
public enum NameOutcome
{
    /// <summary>There are records.</summary>
    Found,

    /// <summary>The name does not exist (NXDOMAIN).</summary>
    NotFound,

    /// <summary>The name exists, and has no record of that kind.</summary>
    NoData,

    /// <summary>Nobody knows, now: no answer in time, a server that fails, too many questions at once.</summary>
    Failed,
}

/// <summary>An answer.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Records">
/// Addresses as text; names in lower case without the final dot, those of MX by preference, the null MX (RFC 7505) as <c>.</c>; of TXT each
/// record's strings joined (RFC 7208 3.3). Empty unless found.
/// </param>
/// <param name="Error">Of a failure, what went wrong; else empty.</param>
public sealed record NameAnswer(NameOutcome Outcome, IReadOnlyList<string> Records, string Error)
{
    public static NameAnswer NotFound { get; } = new(NameOutcome.NotFound, [], string.Empty);

    public static NameAnswer NoData { get; } = new(NameOutcome.NoData, [], string.Empty);

    /// <summary>A void look-up in the words of RFC 7208 4.6.4.</summary>
    public bool IsVoid => Outcome is NameOutcome.NotFound or NameOutcome.NoData;

    public static NameAnswer Found(params IReadOnlyList<string> records) => records.Count == 0 ? NoData : new(NameOutcome.Found, records, string.Empty);

    public static NameAnswer Failed(string error) => new(NameOutcome.Failed, [], error);
}
