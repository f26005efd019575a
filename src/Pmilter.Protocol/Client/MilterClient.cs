using System.Net.Sockets;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Transports;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Client;

/// <summary>
/// The MTA's side of one connection, as Postfix does it: sends only what was negotiated, macros before each command, and waits only
/// where a reply is due. Anything that either MTA would not take is a <see cref="MilterClientException"/>.
/// </summary>
/// <remarks>Commands without a reply are collected and leave with the next that has one.</remarks>
/// <param name="transport">The connection; the client owns it.</param>
/// <param name="offer">What this MTA can do; Postfix's by default.</param>
public sealed class MilterClient(ITransport transport, Offer? offer = null) : IAsyncDisposable
{
    private readonly FrameWriter _writer = new(transport);
    private readonly Offer _offer = offer ?? Offer.Postfix;
    private readonly ClientMacros _macros = new();
    private ReplyReader? _replies;

    /// <summary>What the filter answered to the offer; null before the negotiation.</summary>
    public NegotiationAnswer? Agreed { get; private set; }

    /// <summary>Values of macros, by name without braces. Before a command those are sent that Postfix sends there, or that the filter chose.</summary>
    public IDictionary<string, string> Macros => _macros.Values;

    /// <summary>Connects and negotiates.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<MilterClient> DialAsync(MilterAddress address, Offer? offer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        var endPoints = await address.ResolveAsync(cancellationToken).ConfigureAwait(false);
        var isUnix = address.Kind == MilterAddressKind.Unix;
        var socket = new Socket(endPoints[0].AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endPoints[0], cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var client = new MilterClient(new SocketTransport(socket), offer);
        try
        {
            await client.NegotiateAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>SMFIC_OPTNEG; first of all.</summary>
    public async Task<NegotiationAnswer> NegotiateAsync(CancellationToken cancellationToken)
    {
        NegotiationCodec.EncodeOffer(_writer, _offer);
        await _writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        var replies = new ReplyReader(transport);
        var answer = await replies.NegotiationAsync(_offer, cancellationToken).ConfigureAwait(false);
        replies.MaySkip = answer.Steps.Has(MilterSteps.Skip);
        _macros.Choose(answer.MacroLists);
        _replies = replies;
        Agreed = answer;
        return answer;
    }

    /// <summary>SMFIC_CONNECT.</summary>
    public ValueTask<EventReply> ConnectAsync(ClientFacts client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (Begin(CommandCode.Connect, MacroStage.Connect))
        {
            _writer.AppendString(MailText.Encode(client.HostName));
            _writer.Append((byte)client.Family);
            if (client.Family != ClientFamily.Unknown)
            {
                _writer.Append((byte)(client.Port >> 8));
                _writer.Append((byte)client.Port);
                _writer.AppendString(MailText.Encode(client.Address));
            }
        }

        return FinishAsync(CommandCode.Connect, cancellationToken);
    }

    /// <summary>SMFIC_HELO.</summary>
    public ValueTask<EventReply> HeloAsync(string name, CancellationToken cancellationToken)
    {
        if (Begin(CommandCode.Helo, MacroStage.Helo))
        {
            _writer.AppendString(MailText.Encode(name));
        }

        return FinishAsync(CommandCode.Helo, cancellationToken);
    }

    /// <summary>SMFIC_MAIL.</summary>
    public ValueTask<EventReply> MailAsync(EnvelopeAddress sender, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sender);
        return SendAsync(CommandCode.Mail, MacroStage.Mail, sender.ToBytes(), cancellationToken);
    }

    /// <summary>SMFIC_RCPT.</summary>
    public ValueTask<EventReply> RcptAsync(EnvelopeAddress recipient, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        return SendAsync(CommandCode.Rcpt, MacroStage.Rcpt, recipient.ToBytes(), cancellationToken);
    }

    /// <summary>SMFIC_DATA.</summary>
    public ValueTask<EventReply> DataAsync(CancellationToken cancellationToken) =>
        SendAsync(CommandCode.Data, MacroStage.Data, default, cancellationToken);

    /// <summary>SMFIC_HEADER. Without SMFIP_HDR_LEADSPC one space, not a tab, is taken off.</summary>
    public ValueTask<EventReply> HeaderAsync(MailHeader header, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (Begin(CommandCode.Header, MacroStage.EndOfHeaders))
        {
            var value = header.Value.Span;
            var keepsSpace = Steps.Has(MilterSteps.LeadingSpace);
            _writer.AppendString(header.Name.Span);
            _writer.AppendString(!keepsSpace && value is [(byte)' ', ..] ? value[1..] : value);
        }

        return FinishAsync(CommandCode.Header, cancellationToken);
    }

    /// <summary>SMFIC_EOH.</summary>
    public ValueTask<EventReply> EndOfHeadersAsync(CancellationToken cancellationToken) =>
        SendAsync(CommandCode.EndOfHeaders, MacroStage.EndOfHeaders, default, cancellationToken);

    /// <summary>SMFIC_BODY: one chunk of at most 65535 bytes.</summary>
    public ValueTask<EventReply> BodyAsync(ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    {
        if (chunk.Length > Frame.MaxChunkBytes)
        {
            throw new ArgumentException($"The chunk has {chunk.Length} bytes; expected at most {Frame.MaxChunkBytes}.", nameof(chunk));
        }

        return SendAsync(CommandCode.Body, MacroStage.EndOfMessage, chunk.Span, cancellationToken);
    }

    /// <summary>SMFIC_UNKNOWN.</summary>
    public ValueTask<EventReply> UnknownAsync(string line, CancellationToken cancellationToken)
    {
        if (Begin(CommandCode.Unknown, null))
        {
            _writer.AppendString(MailText.Encode(line));
        }

        return FinishAsync(CommandCode.Unknown, cancellationToken);
    }

    /// <summary>SMFIC_BODYEOB.</summary>
    public async Task<MessageReply> EndOfMessageAsync(CancellationToken cancellationToken)
    {
        _ = Begin(CommandCode.EndOfMessage, MacroStage.EndOfMessage);
        _writer.End();
        await _writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        return await Replies.MessageAsync(Agreed!, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>SMFIC_ABORT: ends the message.</summary>
    public ValueTask AbortAsync(CancellationToken cancellationToken) => TellAsync(CommandCode.Abort, cancellationToken);

    /// <summary>SMFIC_QUIT_NC: ends the client's connection and keeps this one.</summary>
    public ValueTask QuitNewConnectionAsync(CancellationToken cancellationToken) => TellAsync(CommandCode.QuitNewConnection, cancellationToken);

    /// <summary>SMFIC_QUIT.</summary>
    public ValueTask QuitAsync(CancellationToken cancellationToken) => TellAsync(CommandCode.Quit, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _replies?.Release();
        return transport.DisposeAsync();
    }

    private MilterSteps Steps => (Agreed ?? throw new InvalidOperationException("Negotiate first.")).Steps;

    private ReplyReader Replies => _replies ?? throw new InvalidOperationException("Negotiate first.");

    private ValueTask<EventReply> SendAsync(CommandCode command, MacroStage stage, ReadOnlySpan<byte> data, CancellationToken cancellationToken)
    {
        if (Begin(command, stage))
        {
            _writer.Append(data);
        }

        return FinishAsync(command, cancellationToken);
    }

    /// <summary>Postfix sends the macros even of an event that was declined.</summary>
    private bool Begin(CommandCode command, MacroStage? stage)
    {
        var isSent = IsSent(command);
        if (stage is { } at)
        {
            _macros.Write(_writer, command, at);
        }

        if (isSent)
        {
            _writer.Begin((byte)command);
        }

        return isSent;
    }

    private bool IsSent(CommandCode command)
    {
        var steps = Steps;
        foreach (var step in EventSteps.All)
        {
            if (step.Command == command)
            {
                return !steps.Has(step.Decline) && Agreed!.Version >= step.Since;
            }
        }

        return true;
    }

    private ValueTask<EventReply> FinishAsync(CommandCode command, CancellationToken cancellationToken)
    {
        if (!IsSent(command))
        {
            return default;
        }

        _writer.End();
        foreach (var step in EventSteps.All)
        {
            if (step.Command == command && Steps.Has(step.NoReply))
            {
                return UnansweredAsync(cancellationToken);
            }
        }

        return AnsweredAsync(command, cancellationToken);
    }

    private async ValueTask<EventReply> UnansweredAsync(CancellationToken cancellationToken)
    {
        if (_writer.PendingBytes > Frame.MaxChunkBytes)
        {
            await _writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        return default;
    }

    private async ValueTask<EventReply> AnsweredAsync(CommandCode command, CancellationToken cancellationToken)
    {
        await _writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        return await Replies.EventAsync(command, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask TellAsync(CommandCode command, CancellationToken cancellationToken)
    {
        _writer.Write((byte)command);
        return _writer.FlushAsync(cancellationToken);
    }
}
