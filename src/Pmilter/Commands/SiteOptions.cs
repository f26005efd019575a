using System.CommandLine;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Transports;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary>Where a verb finds the configuration: <c>-c</c>, else <c>./pmilter.yaml</c>, else <c>/etc/pmilter/pmilter.yaml</c>.</summary>
internal sealed class SiteOptions
{
    private const string SystemWide = "/etc/pmilter/pmilter.yaml";

    public Option<string?> Configuration { get; } = new("--config", "-c") { Description = $"the configuration; default ./pmilter.yaml, then {SystemWide}" };

    public Option<string[]> Listen { get; } = new("--listen") { Description = "listen here instead of server.listen, such as inet:127.0.0.1:8895; repeatable" };

    /// <exception cref="ServerStartException">There is none, or an address is wrong.</exception>
    public Site Read(ParseResult parsed)
    {
        var diagnostics = new DiagnosticBag();
        var path = PathOf(parsed.GetValue(Configuration));
        var settings = SettingsReader.Read(path, diagnostics);
        var listen = parsed.CommandResult.Command.Options.Contains(Listen) ? parsed.GetValue(Listen) ?? [] : [];
        return new Site(path, listen.Length == 0 ? settings : settings with { Listen = [.. listen.Select(Parse)] }, diagnostics);
    }

    private static string PathOf(string? given)
    {
        if (given is not null)
        {
            return File.Exists(given) ? given : throw new ServerStartException($"There is no configuration {given}; --config names it.");
        }

        return File.Exists("pmilter.yaml") ? "pmilter.yaml"
            : File.Exists(SystemWide) ? SystemWide
            : throw new ServerStartException($"There is no ./pmilter.yaml and no {SystemWide}; --config names the configuration.");
    }

    private static ListenSettings Parse(string text) =>
        MilterAddress.TryParse(text, out var address, out var error) ? new ListenSettings(text, address) : throw new ServerStartException(error);
}
