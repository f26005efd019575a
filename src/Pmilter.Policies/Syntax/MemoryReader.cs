using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Policies.Syntax;

/// <summary>Reads one memory: <c>{ key: [rcpt_to, mail_from], for: 60d }</c>.</summary>
internal static class MemoryReader
{
    public static MemorySyntax? Read(YamlEntry entry, DiagnosticBag diagnostics)
    {
        if (entry.Value is not YamlMapping mapping)
        {
            diagnostics.Add(ShapeDiagnostics.WrongKind(entry.Value.Span, entry.Key.Value, MappingReader.KindOf(entry.Value), "a memory: { key, for }"));
            return null;
        }

        var memory = new MappingReader(mapping, StateKeys.Memory, diagnostics);
        if (memory.Require("key", "write key: [rcpt_to, mail_from]") && memory.Node("key") is YamlSequence { Items.IsEmpty: true } empty)
        {
            diagnostics.Add(ShapeDiagnostics.Conflict(empty.Span, "a memory without a key would remember nothing", "write key: [rcpt_to, mail_from] or the like"));
        }

        return new MemorySyntax(
            new Located<string>(entry.Key.Value, entry.Key.Span),
            KeyReader.Read(memory),
            memory.Duration("for")?.Value ?? TimeSpan.FromDays(60),
            memory.Choice("unknown", PolicyWords.Unknown)?.Value ?? UnknownKeys.Skip);
    }
}
