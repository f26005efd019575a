using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary>A duration on the command line, written as in policies.</summary>
internal static class DurationOption
{
    /// <exception cref="ServerStartException">It is none.</exception>
    public static TimeSpan Read(string option, string text, TimeSpan most)
    {
        var diagnostics = new DiagnosticBag();
        var scalar = new YamlScalar(new SourceSpan(new SourceText(option, text), 0, text.Length), text, YamlStyle.Plain);
        return ValueReader.Duration(option, scalar, TimeSpan.Zero, most, diagnostics) ?? throw new ServerStartException(diagnostics.All[0].Message);
    }
}
