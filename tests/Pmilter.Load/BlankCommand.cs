using System.CommandLine;
using Pmilter.Protocol.Transports;

namespace Pmilter.Load;

/// <summary><c>blank</c>: serves the filter that others are compared with.</summary>
internal static class BlankCommand
{
    public static Command Create()
    {
        var at = new Argument<string>("address") { Description = "Where to listen: inet:127.0.0.1:8896 or unix:/path." };
        var like = new Option<string>("--like") { Description = "A running filter; its negotiation is copied.", Required = true };
        var command = new Command("blank", "Serves a filter without logic that negotiates the same bits as a running one: the measure of what logic costs.") { at, like };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (!MilterAddress.TryParse(parsed.GetValue(at)!, out var address, out var error) || !MilterAddress.TryParse(parsed.GetValue(like)!, out var model, out error))
            {
                await Console.Error.WriteLineAsync(error);
                return 2;
            }

            var filter = await BlankFilter.LikeAsync(model, cancellationToken);
            await filter.ServeAsync(address, cancellationToken);
            return 0;
        });
        return command;
    }
}
