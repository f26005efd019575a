using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary>A configuration as read, with what is wrong in it.</summary>
internal sealed record Site(string Path, ServerSettings Settings, DiagnosticBag Diagnostics)
{
    /// <summary>The settings of a configuration without errors; its warnings are shown.</summary>
    /// <exception cref="ServerStartException">It has errors, which have been shown.</exception>
    public ServerSettings Checked(Terminal terminal)
    {
        terminal.Show(Diagnostics.All);
        return Diagnostics.HasErrors
            ? throw new ServerStartException("the configuration has errors; 'pmilter check' shows them with those of the policies.")
            : Settings;
    }
}
