using System.Net;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Tracing;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Content;
using Pmilter.Policies.State;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Sessions;

namespace Pmilter.Rehearsal;

/// <summary>How a message is given up before its end.</summary>
internal enum EarlyEnd
{
    None,
    Rset,
    Quit,
    Drop,
}

/// <summary>What all connections of a rehearsal share.</summary>
/// <param name="Set">What is rehearsed; compiled for tracing where explanations are wanted.</param>
internal sealed record Stage(PolicySet Set, IStateStore State, EngineOptions Engine)
{
    /// <summary>Takes notes; false where only verdicts are wanted.</summary>
    public bool IsTracing { get; init; } = true;

    /// <summary>Notes what is read and not known; null where all is.</summary>
    public FactWatch? Watch { get; init; }

    /// <summary>For how long an evaluation took; the messages' own time is given with each.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>One SMTP connection played through the engine that serves mail, as Postfix would drive it.</summary>
internal sealed class PlayedConnection
{
    /// <summary>MILTER_CHUNK_SIZE of both MTAs.</summary>
    private const int ChunkBytes = 65535;

    private readonly Stage _stage;
    private readonly Transaction _transaction;
    private readonly PolicyEngine _engine;
    private readonly EvaluationTrace? _trace;
    private readonly SampleMessage _client;
    private readonly List<PlayedEvent> _opening = [];
    private List<PlayedEvent> _events = [];
    private GivenFacts _given;
    private SampleMessage? _macrosOf;
    private MacroTable _macros = new();
    private DateTimeOffset _now;
    private bool _isEnded;

    private PlayedConnection(Stage stage, SampleMessage client, DateTimeOffset now)
    {
        _stage = stage;
        _client = client;
        _now = now;
        _transaction = new Transaction(new SampleGeo(client), client.Listener);
        _trace = stage.IsTracing ? new EvaluationTrace() : null;
        _engine = new PolicyEngine(stage.Set, stage.State, _transaction, stage.Engine) { Trace = _trace, Watch = stage.Watch };
        _transaction.ContentNeeds = client.Recorded is null ? _transaction.ContentNeeds : ContentNeeds.None;
        _given = Give(client);
    }

    /// <summary>Refused or accepted as a whole: the MTA asks no more.</summary>
    public bool IsEnded => _isEnded;

    public PolicyEngine Engine => _engine;

    public static async Task<PlayedConnection> OpenAsync(Stage stage, SampleMessage client, DateTimeOffset now)
    {
        var connection = Prepare(stage, client, now);
        await connection.OpenAsync().ConfigureAwait(false);
        return connection;
    }

    /// <summary>Everything that needs no state; in any thread. <see cref="OpenAsync()"/> follows.</summary>
    public static PlayedConnection Prepare(Stage stage, SampleMessage client, DateTimeOffset now)
    {
        var connection = new PlayedConnection(stage, client, now);
        connection.MacrosOf(client);
        return connection;
    }

    public async ValueTask OpenAsync()
    {
        _events = _opening;
        var macros = MacrosOf(_client);
        _transaction.Apply(SampleMacros.Connect(_client), macros);
        if (await GoesOnAsync(Phase.Connect, string.Empty).ConfigureAwait(false) && Sends(Phase.Helo))
        {
            _transaction.Apply(new HeloCommand(SampleMacros.Bytes(_client.Helo)), macros);
            await GoesOnAsync(Phase.Helo, string.Empty).ConfigureAwait(false);
        }

        _isEnded = _opening[^1].Decision.Verdict.Kind != VerdictKind.Continue;
    }

    /// <summary>The connection's own events are part of its first message.</summary>
    public async ValueTask<PlayedMessage> SendAsync(SampleMessage message, DateTimeOffset now, EarlyEnd end = EarlyEnd.None)
    {
        _now = now;
        _events = [.. _opening];
        IReadOnlySet<string> missed = _opening.Count > 0 ? _given.Missed : new HashSet<string>(StringComparer.Ordinal);
        if (!_isEnded)
        {
            _opening.Clear();
            _given = Give(message);
            await MessageAsync(message, end).ConfigureAwait(false);
        }

        return new PlayedMessage(message, now, _events) { Missed = [.. missed.Union(_given.Missed, StringComparer.Ordinal).Order(StringComparer.Ordinal)] };
    }

    public async Task CloseAsync(DateTimeOffset now)
    {
        _now = now;
        await _engine.CloseAsync(now, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>What monitor rules ask does not count in replays.</summary>
    private GivenFacts Give(SampleMessage message)
    {
        var given = new GivenFacts(message.Facts) { CountsMonitor = _stage.Watch is null };
        _engine.Given = given;
        return given;
    }

    private async ValueTask MessageAsync(SampleMessage message, EarlyEnd end)
    {
        var isWhole = await EnvelopeAsync(message).ConfigureAwait(false) && await ContentAsync(message).ConfigureAwait(false);
        if (isWhole && end == EarlyEnd.None)
        {
            _transaction.ApplyEndOfMessage(MacrosOf(message));
            if (message.Recorded is { } content)
            {
                _transaction.ApplyRecorded(content);
            }

            await GoesOnAsync(Phase.Eom, string.Empty).ConfigureAwait(false);
            _transaction.EndMessage();
            return;
        }

        if (_transaction.IsInMessage)
        {
            await _engine.AbortAsync(_now, CancellationToken.None).ConfigureAwait(false);
            _transaction.EndMessage();
        }
    }

    /// <summary>Made once a message; those of its only recipient are among them.</summary>
    private MacroTable MacrosOf(SampleMessage message)
    {
        if (!ReferenceEquals(message, _macrosOf))
        {
            _macrosOf = message;
            _macros = SampleMacros.Of(message, message.Recipients.Count == 1 ? message.Recipients[0] : null);
        }

        return _macros;
    }

    /// <summary>False when the message ended here.</summary>
    private async ValueTask<bool> EnvelopeAsync(SampleMessage message)
    {
        var macros = MacrosOf(message);
        _transaction.Apply(new MailCommand(SampleMacros.Bytes($"<{message.MailFrom}>"), SampleMacros.Bytes(string.Join('\0', message.MailParameters))), macros);
        if (!await GoesOnAsync(Phase.Mail, string.Empty).ConfigureAwait(false))
        {
            return false;
        }

        var accepted = 0;
        foreach (var recipient in message.Recipients)
        {
            _transaction.Apply(new RcptCommand(SampleMacros.Bytes($"<{recipient}>"), default), message.Recipients.Count == 1 ? macros : SampleMacros.Of(message, recipient));
            var goesOn = await GoesOnAsync(Phase.Rcpt, recipient).ConfigureAwait(false);
            if (!goesOn && !_events[^1].IsRefusal)
            {
                return false;
            }

            accepted += goesOn && !message.RefusedByMta.Contains(recipient, StringComparer.OrdinalIgnoreCase) ? 1 : 0;
        }

        if (accepted == 0 && !message.HasUntoldRecipients)
        {
            return false;
        }

        if (!Sends(Phase.Data))
        {
            return true;
        }

        _transaction.ApplyData(macros);
        return await GoesOnAsync(Phase.Data, string.Empty).ConfigureAwait(false);
    }

    private async ValueTask<bool> ContentAsync(SampleMessage message)
    {
        var macros = MacrosOf(message);
        foreach (var (name, value) in Sends(Phase.Header) ? message.AllHeaders() : [])
        {
            _transaction.Apply(new HeaderCommand(SampleMacros.Bytes(name), SampleMacros.Bytes(value)), macros);
            if (!await GoesOnAsync(Phase.Header, name).ConfigureAwait(false))
            {
                return false;
            }
        }

        if (Sends(Phase.Eoh))
        {
            _transaction.ApplyEndOfHeaders(macros);
            if (!await GoesOnAsync(Phase.Eoh, string.Empty).ConfigureAwait(false))
            {
                return false;
            }
        }

        for (var rest = Sends(Phase.Body) ? message.Content() : default; !rest.IsEmpty; rest = rest[Math.Min(rest.Length, ChunkBytes)..])
        {
            _transaction.Apply(new BodyCommand(rest[..Math.Min(rest.Length, ChunkBytes)]), macros);
            if (!await GoesOnAsync(Phase.Body, string.Empty).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>As an MTA that is asked for no more than the policies need; explanations show every event.</summary>
    private bool Sends(Phase phase) => _stage.IsTracing || _stage.Set.Needs(phase);

    private async ValueTask<bool> GoesOnAsync(Phase phase, string subject)
    {
        _trace?.Clear();
        var began = _stage.Clock.GetTimestamp();
        var decision = await _engine.EvaluateAsync(phase, _now, CancellationToken.None).ConfigureAwait(false);
        var took = _stage.Clock.GetElapsedTime(began);
        _events.Add(new PlayedEvent(phase, subject, decision with { Phase = phase }, _trace is null ? [] : [.. _trace.Rules], _trace is null ? [] : [.. _trace.Hits], took));
        return decision.Verdict.Kind is VerdictKind.Continue or VerdictKind.Skip;
    }

    /// <summary>What the sample says; country data are not asked, so that tests stay true when they change.</summary>
    private sealed class SampleGeo(SampleMessage sample) : IGeoSource
    {
        public GeoPlace Find(IPAddress address) => sample.Place ?? GeoPlace.Unknown;
    }
}
