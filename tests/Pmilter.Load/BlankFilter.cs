using System.Buffers.Binary;
using System.Net.Sockets;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Transports;
using Pmilter.Protocol.Wire;

namespace Pmilter.Load;

/// <summary>Answers continue wherever an answer is due and looks at nothing. Sockets as bare as can be, none of the server's code.</summary>
/// <param name="negotiation">The whole packet that answers an offer.</param>
/// <param name="isReplied">By command byte: whether an answer is due.</param>
internal sealed class BlankFilter(byte[] negotiation, bool[] isReplied)
{
    private static readonly byte[] Continue = [0, 0, 0, 1, (byte)ReplyCode.Continue];

    /// <summary>Asks a running filter what it negotiates. <c>SMFIP_NR_</c> bits (v6) say which commands it leaves unanswered.</summary>
    public static async Task<BlankFilter> LikeAsync(MilterAddress model, CancellationToken cancellationToken)
    {
        using var socket = await ConnectAsync(model, cancellationToken);
        await socket.SendAsync(new byte[] { 0, 0, 0, 13, (byte)CommandCode.Negotiate, 0, 0, 0, 6, 0, 0, 1, 0xFF, 0, 0x1F, 0xFF, 0xFF }, cancellationToken);
        var answer = new byte[4096];
        var length = await socket.ReceiveAsync(answer, cancellationToken);
        var steps = (MilterSteps)BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(13));
        var isReplied = new bool[256];
        isReplied[(byte)CommandCode.EndOfMessage] = true;
        foreach (var (command, noReply) in new[]
        {
            (CommandCode.Connect, MilterSteps.NoReplyConnect),
            (CommandCode.Helo, MilterSteps.NoReplyHelo),
            (CommandCode.Mail, MilterSteps.NoReplyMail),
            (CommandCode.Rcpt, MilterSteps.NoReplyRcpt),
            (CommandCode.Data, MilterSteps.NoReplyData),
            (CommandCode.Header, MilterSteps.NoReplyHeader),
            (CommandCode.EndOfHeaders, MilterSteps.NoReplyEndOfHeaders),
            (CommandCode.Body, MilterSteps.NoReplyBody),
            (CommandCode.Unknown, MilterSteps.NoReplyUnknown),
        })
        {
            isReplied[(byte)command] = (steps & noReply) == MilterSteps.None;
        }

        return new BlankFilter(answer[..length], isReplied);
    }

    public async Task ServeAsync(MilterAddress address, CancellationToken cancellationToken)
    {
        var endPoint = (await address.ResolveAsync(cancellationToken))[0];
        using var listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(endPoint);
        listener.Listen(512);
        while (true)
        {
            var socket = await listener.AcceptAsync(cancellationToken);
            _ = Task.Run(() => SessionAsync(socket, cancellationToken), cancellationToken);
        }
    }

    private static async Task<Socket> ConnectAsync(MilterAddress address, CancellationToken cancellationToken)
    {
        var endPoint = (await address.ResolveAsync(cancellationToken))[0];
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(endPoint, cancellationToken);
        return socket;
    }

    private async Task SessionAsync(Socket socket, CancellationToken cancellationToken)
    {
        using var owned = socket;
        socket.NoDelay = socket.AddressFamily != AddressFamily.Unix;
        var input = new byte[128 * 1024];
        var output = new byte[4096];
        var end = 0;
        try
        {
            while (await socket.ReceiveAsync(input.AsMemory(end), cancellationToken) is > 0 and var read)
            {
                end += read;
                var taken = Answer(input.AsSpan(0, end), output, out var length);
                input.AsSpan(taken, end - taken).CopyTo(input);
                end -= taken;
                if (length > 0)
                {
                    await socket.SendAsync(output.AsMemory(0, length), cancellationToken);
                }
            }
        }
        catch (SocketException)
        {
            // The MTA is gone.
        }
    }

    private int Answer(ReadOnlySpan<byte> input, Span<byte> output, out int length)
    {
        var taken = 0;
        length = 0;
        while (input.Length - taken > sizeof(int) && BinaryPrimitives.ReadInt32BigEndian(input[taken..]) is var size && input.Length - taken - sizeof(int) >= size)
        {
            var command = input[taken + sizeof(int)];
            ReadOnlySpan<byte> answer = command == (byte)CommandCode.Negotiate ? negotiation : isReplied[command] ? Continue : [];
            answer.CopyTo(output[length..]);
            length += answer.Length;
            taken += sizeof(int) + size;
        }

        return taken;
    }
}
