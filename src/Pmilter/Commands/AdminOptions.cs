using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pmilter.Admin;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary>What every verb that asks the running server takes: where it is, and how to print.</summary>
internal sealed class AdminOptions
{
    /// <summary>Heeded where no configuration can be read.</summary>
    private const string SocketVariable = "PMILTER_SOCKET";

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
    public async Task<int> AskAsync<T>(ParseResult parsed, Terminal terminal, Func<AdminClient, Task<T>> ask, JsonTypeInfo<T> type, Func<T, int> print)
    {
        var exitCode = ExitCodes.Ok;
        return await AskAsync(parsed, terminal, ask, type, answer => { exitCode = print(answer); }, _ => exitCode).ConfigureAwait(false);
    }

    /// <summary>The exit code is the answer's, however it is printed.</summary>
    public async Task<int> AskAsync<T>(
        ParseResult parsed,
        Terminal terminal,
        Func<AdminClient, Task<T>> ask,
        JsonTypeInfo<T> type,
        Action<T> print,
        Func<T, int> exitCode)
    {
        using var client = ClientOf(parsed, terminal);
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
            print(answer);
            return exitCode(answer);
        }

        await terminal.Output.WriteLineAsync(JsonSerializer.Serialize(answer, type)).ConfigureAwait(false);
        return exitCode(answer);
    }

    /// <summary>The server is to be asked at a place that was named.</summary>
    public bool HasSocket(ParseResult parsed) => parsed.GetValue(_socket) is not null;

    public bool IsJson(ParseResult parsed) => parsed.GetValue(_format) == "json";

    /// <summary>The configuration of the server that is asked.</summary>
    public Site Site(ParseResult parsed) => _site.Read(parsed);

    /// <summary>For a key in a request: <c>&amp;key=a&amp;key=b</c>.</summary>
    public static string Query(string name, IEnumerable<string> key) =>
        $"?name={Uri.EscapeDataString(name)}{string.Concat(key.Select(part => $"&key={Uri.EscapeDataString(part)}"))}";

    private AdminClient ClientOf(ParseResult parsed, Terminal terminal)
    {
        if (parsed.GetValue(_socket) is { } given)
        {
            return new AdminClient(given);
        }

        var (path, readPath) = SocketsOf(parsed, terminal);
        return path.Length + readPath.Length > 0
            ? new AdminClient(path, readPath)
            : throw new ServerStartException("The configuration turns the admin socket off (admin.socket is empty); --socket names another.");
    }

    /// <summary>Who may ask the server need not be allowed to read its configuration.</summary>
    private (string Path, string ReadPath) SocketsOf(ParseResult parsed, Terminal terminal)
    {
        Site site;
        try
        {
            site = _site.Read(parsed);
        }
        catch (ServerStartException error)
        {
            return Environment.GetEnvironmentVariable(SocketVariable) is { Length: > 0 } path
                ? (string.Empty, path)
                : throw new ServerStartException($"{error.Message.TrimEnd('.')}. Who may not read it names the server's socket with --socket or {SocketVariable}.", error);
        }

        var settings = site.Checked(terminal);
        return (settings.AdminSocket, settings.ReadSocket);
    }
}
