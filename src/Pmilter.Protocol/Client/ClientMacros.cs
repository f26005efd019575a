using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Client;

/// <summary>The macros that the MTA knows, and which of them go with which command.</summary>
internal sealed class ClientMacros
{
    private readonly Dictionary<MacroStage, IReadOnlyList<string>> _chosen = [];

    public Dictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>The filter's lists replace the defaults, also by nothing.</summary>
    public void Choose(IReadOnlyDictionary<MacroStage, string> lists)
    {
        foreach (var (stage, names) in lists)
        {
            _chosen[stage] = names.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
    }

    /// <summary>An empty packet where none of the names has a value, as Postfix does.</summary>
    public void Write(FrameWriter writer, CommandCode command, MacroStage stage)
    {
        var names = _chosen.TryGetValue(stage, out var chosen) ? chosen : DefaultMacros.Postfix(stage);
        if (names.Count == 0)
        {
            return;
        }

        writer.Begin((byte)CommandCode.Macro);
        writer.Append((byte)command);
        foreach (var name in names)
        {
            if (Values.TryGetValue(name is ['{', .., '}'] ? name[1..^1] : name, out var value))
            {
                writer.AppendString(MailText.Encode(name));
                writer.AppendString(MailText.Encode(value));
            }
        }

        writer.End();
    }
}
