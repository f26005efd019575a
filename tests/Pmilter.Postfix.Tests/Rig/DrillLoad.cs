using System.Collections.Concurrent;
using System.Globalization;

namespace Pmilter.Postfix.Tests.Rig;

/// <summary>
/// Mail as fast as a few connections bring it, until it is told to stop: of twenty messages one is spam, one is to the postmaster, one from a
/// protected relay, and the rest are customers'. Every reply is kept.
/// </summary>
internal sealed class DrillLoad(MailRig rig, int connections)
{
    public const string Relay = "198.51.100.7";

    private const int Round = 20;
    private const string Refusal = "5";
    private readonly ConcurrentQueue<(string Kind, string Reply)> _replies = new();
    private volatile bool _isOver;
    private int _begun;

    public int Answered => _replies.Count;

    public int Count(string kind) => _replies.Count(reply => reply.Kind == kind);

    /// <summary>Refused for good.</summary>
    public int Refused(string kind) => _replies.Count(reply => reply.Kind == kind && reply.Reply.StartsWith(Refusal, StringComparison.Ordinal));

    public int Accepted => _replies.Count(reply => reply.Reply.StartsWith("250", StringComparison.Ordinal));

    /// <summary>Replies that are neither: a drill has none.</summary>
    public IReadOnlyList<string> Others => [.. _replies.Select(reply => reply.Reply).Where(reply => !reply.StartsWith("250", StringComparison.Ordinal) && !reply.StartsWith(Refusal, StringComparison.Ordinal))];

    public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(SendAsync)));

    /// <summary>What is under way is still sent.</summary>
    public void End() => _isOver = true;

    /// <summary>Until so many more have been answered.</summary>
    public async Task MoreAsync(int messages)
    {
        var target = Answered + messages;
        await Wait.ForAsync(() => Answered >= target ? "yes" : null, $"{messages} more messages", seconds: 120);
    }

    private async Task SendAsync()
    {
        while (!_isOver)
        {
            await SendRoundAsync();
        }
    }

    private async Task SendRoundAsync()
    {
        await using var relay = await rig.ConnectAsAsync(Relay);
        await using var stranger = await rig.ConnectAsAsync("198.51.100.66");
        for (var n = 0; n < Round; n++)
        {
            var number = Interlocked.Increment(ref _begun);
            var kind = n switch { 7 => "spam", 13 => "postmaster", 17 => "relay", _ => "customer" };
            if (kind is "spam" or "relay")
            {
                await SendAsync(kind == "relay" ? relay : stranger, kind, number);
                continue;
            }

            await using var customer = await rig.ConnectAsAsync(string.Create(CultureInfo.InvariantCulture, $"{(n % 2 == 0 ? "192.0.2" : "203.0.113")}.{(number % 200) + 1}"));
            await SendAsync(customer, kind, number);
        }
    }

    private async Task SendAsync(SmtpClient client, string kind, int number)
    {
        var recipient = kind == "postmaster" ? "postmaster@maildir.test" : "user@maildir.test";
        var reply = await client.SendMessageAsync($"{(kind == "spam" ? "spam" : "someone")}@sender.example", [recipient], $"Subject: {kind} {number}\n\n1\n");
        if (!reply.StartsWith("250", StringComparison.Ordinal))
        {
            await client.SendAsync("RSET");
        }

        _replies.Enqueue((kind, reply));
    }
}
