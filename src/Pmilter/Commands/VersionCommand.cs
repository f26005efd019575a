using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Pmilter.Commands;

/// <summary><c>pmilter version</c></summary>
internal static class VersionCommand
{
    /// <summary>Of this program.</summary>
    public static string Version =>
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static Command Create(Terminal terminal)
    {
        var command = new Command("version", "Says which version this is, for bug reports. Example: pmilter version");
        command.SetAction(_ =>
        {
            terminal.Output.WriteLine($"pmilter {Version} ({RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier})");
            return ExitCodes.Ok;
        });
        return command;
    }
}
