using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Pmilter.Configuration;
using Pmilter.Effects.Notices;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Notices;
using Pmilter.Policies.State;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Server;

/// <summary>From decisions to outboxes: what a notice says of the mail that it is about is written down while the mail is there.</summary>
internal sealed class NoticeDesk : IAsyncDisposable
{
    private readonly Dictionary<string, NoticeOutbox[]> _outboxes;
    private readonly string _run;
    private long _last;

    private NoticeDesk(Dictionary<string, NoticeOutbox[]> outboxes, DateTimeOffset began)
    {
        _outboxes = outboxes;
        _run = began.ToUnixTimeSeconds().ToString("x", CultureInfo.InvariantCulture);
    }

    /// <exception cref="ServerStartException">A secret cannot be read.</exception>
    public static NoticeDesk Open(IReadOnlyDictionary<string, NotifyOptions> targets, TimeProvider time, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger<NoticeOutbox>();
        var channels = targets.ToDictionary(target => target.Key, target => NoticeChannels.Of(target.Value).ToArray(), StringComparer.Ordinal);
        var outboxes = channels.ToDictionary(
            target => target.Key,
            target => target.Value.Select(channel => new NoticeOutbox(target.Key, channel, new NoticeDelivery { PerMinute = targets[target.Key].MaxPerMinute }, time, logger)).ToArray(),
            StringComparer.Ordinal);
        return new NoticeDesk(outboxes, time.GetUtcNow());
    }

    /// <summary>What became of notices since the start.</summary>
    public IEnumerable<(string Target, string Way, long Sent, long Dropped)> Counts =>
        _outboxes.Values.SelectMany(outboxes => outboxes).Select(outbox => (outbox.Target, outbox.Way, outbox.Sent, outbox.Dropped));

    /// <summary>Never waits.</summary>
    public void Post(ISessionContext session, Transaction transaction, Decision decision)
    {
        // No enumerator where there is nothing, which is nearly always.
        for (var i = 0; i < decision.Notices.Count; i++)
        {
            var notice = decision.Notices[i];
            if (!_outboxes.TryGetValue(notice.Target, out var outboxes))
            {
                continue;
            }

            var report = Report(notice, session, transaction);
            foreach (var outbox in outboxes)
            {
                outbox.Post(report);
            }
        }
    }

    /// <summary>The server's own news, of no mail. Never waits.</summary>
    public void Post(string target, string happening, string subject, string text, DateTimeOffset at)
    {
        foreach (var outbox in _outboxes.GetValueOrDefault(target, []))
        {
            outbox.Post(new NoticeReport { Id = NewId(), Target = target, Host = Environment.MachineName, Time = at, Text = text, Event = happening, Subject = subject });
        }
    }

    /// <summary>Sends what waits, for a bounded time.</summary>
    public Task CloseAsync() => Task.WhenAll(_outboxes.Values.SelectMany(outboxes => outboxes).Select(outbox => outbox.CloseAsync()));

    public async ValueTask DisposeAsync()
    {
        foreach (var outbox in _outboxes.Values.SelectMany(outboxes => outboxes))
        {
            await outbox.DisposeAsync().ConfigureAwait(false);
        }
    }

    private NoticeReport Report(Notice notice, ISessionContext session, Transaction transaction)
    {
        var subject = DecisionSubject.Of(session, transaction);
        return new NoticeReport
        {
            Id = NewId(),
            Target = notice.Target,
            Host = Environment.MachineName,
            Time = notice.Time,
            Text = Unicode(notice.Text),
            Event = notice.Cause.ToString().ToLowerInvariant(),
            Subject = notice.Subject,
            Key = [.. KeyFolding.Split(notice.Key).Select(Unicode)],
            Until = notice.Until == DateTimeOffset.MaxValue ? null : notice.Until,
            Policy = notice.Rule.Policy,
            Rule = notice.Rule.Id,
            Verdict = notice.Outcome,
            Phase = notice.Phase.ToString().ToLowerInvariant(),
            DecisionId = notice.DecisionId,
            Counter = notice.Counter?.Name ?? string.Empty,
            Count = Finite(notice.Counter?.Value),
            Max = Finite(notice.Counter?.Max),
            Client = subject.Client,
            Country = subject.Country,
            MailFrom = Unicode(Told(subject.Sender)),
            Recipient = Unicode(Told(subject.Recipient)),
            SaslLogin = Unicode(transaction.Message.Sender.Login),
            QueueId = Told(subject.QueueId),
        };
    }

    private string NewId() => string.Create(CultureInfo.InvariantCulture, $"{_run}-{Environment.ProcessId:x}-{Interlocked.Increment(ref _last):x}");

    private static string Told(string text) => text == "-" ? string.Empty : text;

    private static double Finite(double? number) => number is { } n && double.IsFinite(n) ? n : 0;

    /// <summary>Bytes that are no UTF-8 become U+FFFD.</summary>
    private static string Unicode(string text) => text.Any(char.IsSurrogate) ? Encoding.UTF8.GetString(MailText.Encode(text)) : text;
}
