using System.Globalization;
using Pmilter.Rehearsal.Recorded;

namespace Pmilter.Promotion;

/// <summary>What the decision log says that the rules would have done.</summary>
internal sealed class WouldCount(PromotionTarget target)
{
    private static readonly string[] Refusals = ["tempfail", "reject", "discard"];

    private readonly HashSet<string> _wanted = [.. target.Watching.Select(rule => $"{rule.Policy}/{rule.Id}")];

    public DateTimeOffset From { get; private set; }

    public DateTimeOffset To { get; private set; }

    /// <summary>Lines: a message each, or a recipient or connection that was refused.</summary>
    public int Messages { get; private set; }

    /// <summary>Those that a rule would have met.</summary>
    public int Met { get; private set; }

    public int Authenticated { get; private set; }

    /// <summary>Another rule refused them all the same.</summary>
    public int RefusedAnyway { get; private set; }

    public Tally Verdicts { get; } = new();

    public Tally Rules { get; } = new();

    public Tally Days { get; } = new();

    public Tally Senders { get; } = new();

    public Tally SenderDomains { get; } = new();

    public Tally Countries { get; } = new();

    public Tally RecipientDomains { get; } = new();

    /// <summary>Whom the rules met and must not refuse, and who of those that they would refuse is close to them.</summary>
    public NearMisses NearMisses { get; } = new();

    /// <param name="since">Before the newest line.</param>
    /// <param name="progress">Bytes read, of all.</param>
    public void Read(IReadOnlyList<string> files, TimeSpan since, Action<long, long> progress)
    {
        To = files.Reverse().Select(Newest).FirstOrDefault(newest => newest is not null) ?? DateTimeOffset.UnixEpoch + since;
        From = To - since;
        var all = files.Sum(file => new FileInfo(file).Length);
        long before = 0;
        foreach (var file in files)
        {
            long read = 0;
            foreach (var line in DecisionLogFiles.Lines(file, bytes => progress(before + (read = bytes), all)))
            {
                if (RecordedDecision.Parse(line) is { } decision && decision.Time >= From)
                {
                    Add(decision);
                }
            }

            before += read;
        }
    }

    /// <summary>Lines stand in the order of time.</summary>
    private static DateTimeOffset? Newest(string file)
    {
        byte[] last = [];
        foreach (var line in DecisionLogFiles.Lines(file))
        {
            last = line.Length > 0 && line.Span[0] == '{' ? line.ToArray() : last;
        }

        return RecordedDecision.Parse(last)?.Time;
    }

    private void Add(RecordedDecision decision)
    {
        Messages++;
        NearMisses.AddSpared(decision, _wanted);
        var would = decision.Would.Zip(decision.WouldVerdicts).Where(one => _wanted.Contains(one.First)).ToArray();
        if (would.Length == 0)
        {
            return;
        }

        Met++;
        NearMisses.AddMet(decision);
        var message = decision.Message;
        Authenticated += message.Macros.ContainsKey("auth_authen") ? 1 : 0;
        RefusedAnyway += Refusals.Contains(decision.Verdict, StringComparer.Ordinal) ? 1 : 0;
        Verdicts.Add(would.Select(one => one.Second));
        Rules.Add(would.Select(one => one.First));
        Days.Add([decision.Time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)]);
        Senders.Add([message.MailFrom.Length > 0 ? message.MailFrom : "<>"]);
        SenderDomains.Add([DomainOf(message.MailFrom)]);
        Countries.Add([message.Place is { Country.Length: > 0 } place ? place.Country : "ZZ"]);
        RecipientDomains.Add(message.Recipients.Select(DomainOf));
    }

    private static string DomainOf(string address) => address.LastIndexOf('@') is >= 0 and var at ? address[(at + 1)..].ToLowerInvariant() : address.Length > 0 ? "-" : "<>";
}
