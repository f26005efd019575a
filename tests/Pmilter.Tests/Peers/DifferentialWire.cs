using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Pmilter.Fuzz.Inputs;

namespace Pmilter.Tests.Peers;

/// <summary>Says a script to a filter and notes its replies.</summary>
internal sealed class DifferentialWire : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<string> _replies = [];

    public static async Task<IReadOnlyList<string>> RunAsync(string path, DifferentialScript script)
    {
        using var wire = new DifferentialWire();
        await wire._socket.ConnectAsync(new UnixDomainSocketEndPoint(path)).WaitAsync(Patience);
        await wire.SendAsync(Packets.Offer(6, 0x1FF, 0x3FF));
        _ = await wire.ReadAsync();
        if (script.Waits)
        {
            await wire.WaitEachAsync(script);
        }
        else
        {
            await wire.SendAsync([.. script.Commands.SelectMany(command => Packets.Of((byte)command.Code, command.Data)), .. Packets.Of((byte)'Q', [])]);
            await wire.ReadAllAsync();
        }

        return wire._replies;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>As an MTA does: after a verdict for the message, its rest is left out and ABORT said; after one for the connection, nothing more.</summary>
    private async Task WaitEachAsync(DifferentialScript script)
    {
        var skipsToMail = false;
        foreach (var (code, data) in script.Commands)
        {
            if (skipsToMail && code is not ('M' or 'H' or 'U'))
            {
                continue;
            }

            skipsToMail = false;
            await SendAsync(Packets.Of((byte)code, data));
            var verdict = await VerdictAsync(code);
            if (verdict == 'c' || code is 'U' or 'E' || (code == 'R' && verdict is not ('a' or 'd')))
            {
                continue;
            }

            if (code is 'C' or 'H')
            {
                return;
            }

            skipsToMail = true;
            await SendAsync(Packets.Of((byte)'A', []));
        }

        await SendAsync(Packets.Of((byte)'Q', []));
    }

    private async Task<char> VerdictAsync(char command)
    {
        while (await ReadAsync() is { } packet)
        {
            var code = (char)packet[0];
            _replies.Add($"{command}>{(code == 'y' ? Encoding.Latin1.GetString(packet).TrimEnd('\0') : code.ToString())}");
            if (code is not ('h' or 'p'))
            {
                return code == 'y' ? packet[1] == '5' ? 'r' : 't' : code;
            }
        }

        _replies.Add($"{command}>closed");
        return 'c';
    }

    private async Task ReadAllAsync()
    {
        while (await ReadAsync() is { } packet)
        {
            _replies.Add(((char)packet[0]).ToString());
        }
    }

    private async Task SendAsync(byte[] bytes) => await _socket.SendAsync(bytes).WaitAsync(Patience);

    /// <returns>A packet without its length; null at the end.</returns>
    private async Task<byte[]?> ReadAsync()
    {
        var length = new byte[4];
        if (!await FillAsync(length))
        {
            return null;
        }

        var packet = new byte[BinaryPrimitives.ReadUInt32BigEndian(length)];
        return await FillAsync(packet) ? packet : null;
    }

    private async Task<bool> FillAsync(byte[] bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            int read;
            try
            {
                read = await _socket.ReceiveAsync(bytes.AsMemory(at), SocketFlags.None).AsTask().WaitAsync(Patience);
            }
            catch (SocketException)
            {
                return false;
            }

            if (read == 0)
            {
                return false;
            }

            at += read;
        }

        return true;
    }
}
