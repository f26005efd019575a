using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pmilter.Admin;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary>What every verb that asks the running server takes: where it is, and how to print.</summary>
internal sealed class AdminOptions
{
    private readonly SiteOptions _site = new();

    private readonly Option<string?> _socket = new("--socket") { Description = "the server's admin socket; default: admin.socket of the configuration" };

    private readonly Option<string> _format = new("--format") { Description = "text or json", DefaultValueFactory = _ => "text" };

    public AdminOptions(Command command)
    {
        _format.AcceptOnlyFromAmong("text", "json");
        command.Options.Add(_site.Configuration);
        command.Options.Add(_socket);
        command.Options.Add(_format);
    }

    /// <summary>Asks, and prints the answer as JSON or by <paramref name="print"/>, which returns the exit code.</summary>
    /// <param name="exitCode">That of an answer printed as JSON; 0 where it is not given.</param>
    public async Task<int> AskAsync<T>(
        ParseResult parsed,
        Terminal terminal,
        Func<AdminClient, Task<T>> ask,
        JsonTypeInfo<T> type,
        Func<T, int> print,
        Func<T, int>? exitCode = null)
    {
        using var client = new AdminClient(SocketOf(parsed, terminal));
        T answer;
        try
        {
            answer = await ask(client).ConfigureAwait(false);
        }
        catch (AdminException error)
        {
            throw new ServerStartException(error.Message, error);
        }

        if (parsed.GetValue(_format) != "json")
        {
            return print(answer);
        }

        await terminal.Output.WriteLineAsync(JsonSerializer.Serialize(answer, type)).ConfigureAwait(false);
        return exitCode?.Invoke(answer) ?? ExitCodes.Ok;
    }

    /// <summary>The configuration of the server that is asked.</summary>
    public Site Site(ParseResult parsed) => _site.Read(parsed);

    /// <summary>For a key in a request: <c>&amp;key=a&amp;key=b</c>.</summary>
    public static string Query(string name, IEnumerable<string> key) =>
        $"?name={Uri.EscapeDataString(name)}{string.Concat(key.Select(part => $"&key={Uri.EscapeDataString(part)}"))}";

    private string SocketOf(ParseResult parsed, Terminal terminal)
    {
        if (parsed.GetValue(_socket) is { } given)
        {
            return given;
        }

        var path = _site.Read(parsed).Checked(terminal).AdminSocket;
        return path.Length > 0 ? path : throw new ServerStartException("The configuration turns the admin socket off (admin.socket is empty); --socket names another.");
    }
}
