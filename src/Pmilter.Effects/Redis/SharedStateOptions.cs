using System.Net.Sockets;
using StackExchange.Redis;

namespace Pmilter.Effects.Redis;

/// <summary>How a process shares its state.</summary>
/// <param name="Address"><c>host:6379</c>, several with commas, or <c>unix:/path</c>; StackExchange.Redis's options may follow.</param>
/// <param name="Prefix">Every key begins with it; processes that share limits share it.</param>
/// <param name="Budget">What the shared store may take an event; then this process's own counters answer.</param>
/// <param name="GoesOnLocally">False: an event that the shared store does not answer fails, and on_error decides.</param>
public sealed record SharedStateOptions(string Address, string Prefix, TimeSpan Budget, bool GoesOnLocally)
{
    private const string Unix = "unix:";

    /// <summary>As StackExchange.Redis wants it: it goes on trying, and says at once when nobody is there.</summary>
    /// <exception cref="FormatException">The address cannot be read.</exception>
    internal ConfigurationOptions Connection()
    {
        try
        {
            var options = Address.StartsWith(Unix, StringComparison.Ordinal) ? OfSocket() : ConfigurationOptions.Parse(Address);
            if (options.EndPoints.Count == 0)
            {
                throw new FormatException($"'{Shown}' names no Redis server; write host:6379 or unix:/run/redis/redis.sock.");
            }

            options.AbortOnConnectFail = false;
            options.BacklogPolicy = BacklogPolicy.FailFast;
            options.ConnectTimeout = 1000;
            options.AsyncTimeout = 1000;
            options.SyncTimeout = 1000;
            options.ClientName ??= "pmilter";
            return options;
        }
        catch (ArgumentException error)
        {
            throw new FormatException($"'{Shown}' is no address of a Redis server: {Without(error.Message)}", error);
        }
    }

    /// <summary>Without the options, among which a password may be.</summary>
    private string Shown => string.Join(',', Address.Split(',').Where(part => !part.Contains('=', StringComparison.Ordinal)));

    /// <summary>What the library quotes of the options, left out.</summary>
    private string Without(string message) => Address.Split(',')
        .Select(part => part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..])
        .Where(value => value.Length > 0 && value.Length < Address.Length)
        .Aggregate(message, (text, value) => text.Replace(value, "…", StringComparison.Ordinal));

    private ConfigurationOptions OfSocket()
    {
        var comma = Address.IndexOf(',', StringComparison.Ordinal);
        var path = comma < 0 ? Address[Unix.Length..] : Address[Unix.Length..comma];
        var options = comma < 0 ? new ConfigurationOptions() : ConfigurationOptions.Parse(Address[(comma + 1)..]);
        if (path.Length == 0)
        {
            throw new FormatException($"'{Shown}' names no socket; write unix:/run/redis/redis.sock.");
        }

        options.EndPoints.Add(new UnixDomainSocketEndPoint(path));
        return options;
    }
}
