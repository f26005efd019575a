using System.CommandLine;
using System.Globalization;
using Pmilter.Effects.Notices;
using Pmilter.Policies.Text;
using Pmilter.Screen;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter notify</c>: sends a test notice and says what came back.</summary>
internal static class NotifyCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "notify",
            "Sends a test notice to a target of pmilter.yaml and says what came back. No server is needed. Ends with 0 when it was taken by every way, 1 when not. Example: pmilter notify oncall");
        var site = new SiteOptions();
        var target = new Argument<string>("TARGET") { Description = "a name below notify of pmilter.yaml" };
        var text = new Option<string>("--text") { Description = "what it says", DefaultValueFactory = _ => "Pmilter's test notice: this target is reached." };
        command.Options.Add(site.Configuration);
        command.Options.Add(text);
        command.Arguments.Add(target);
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(site.Read(parsed).Checked(terminal), parsed.GetValue(target)!, parsed.GetValue(text)!, terminal, TimeProvider.System, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ServerSettings settings, string target, string text, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!settings.Notify.TryGetValue(target, out var options))
        {
            var hint = Suggestion.For(target, settings.Notify.Keys) ?? (settings.Notify.Count > 0 ? $"known are {string.Join(", ", settings.Notify.Keys.Order(StringComparer.Ordinal))}." : "the configuration has none.");
            throw new ServerStartException($"There is no target '{target}': {hint}");
        }

        var notice = new NoticeReport
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"test-{time.GetUtcNow().ToUnixTimeMilliseconds():x}"),
            Target = target,
            Host = Environment.MachineName,
            Time = time.GetUtcNow(),
            Text = text,
            Event = "test",
        };
        var isTaken = true;
        foreach (var channel in NoticeChannels.Of(options))
        {
            using (channel)
            {
                isTaken &= await SendAsync(channel, notice, terminal, time, cancellationToken).ConfigureAwait(false);
            }
        }

        return isTaken ? ExitCodes.Ok : ExitCodes.Findings;
    }

    private static async Task<bool> SendAsync(INoticeChannel channel, NoticeReport notice, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var began = time.GetTimestamp();
        try
        {
            var answer = await channel.SendAsync(notice, either.Token).ConfigureAwait(false);
            terminal.Output.Line($"{channel.Name}: {Toned.Good("taken")}, {answer} (after {time.GetElapsedTime(began).TotalMilliseconds:0} ms)");
            return true;
        }
        catch (NoticeException failure)
        {
            terminal.Output.Line($"{channel.Name}: {Toned.Bad("not taken")}, {failure.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            terminal.Output.Line($"{channel.Name}: {Toned.Bad("not taken")}, no answer within {Patience.TotalSeconds} s");
        }

        return false;
    }
}
