using System.Collections.Immutable;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Policies.Syntax;

/// <summary>Reads one ban: <c>{ key, for: 2h | [10m, 2h, released], forget: 7d }</c>.</summary>
internal static class BanReader
{
    public static BanSyntax? Read(YamlEntry entry, DiagnosticBag diagnostics)
    {
        if (entry.Value is not YamlMapping mapping)
        {
            diagnostics.Add(ShapeDiagnostics.WrongKind(entry.Value.Span, entry.Key.Value, MappingReader.KindOf(entry.Value), "a ban: { key, for }"));
            return null;
        }

        var ban = new MappingReader(mapping, StateKeys.Ban, diagnostics);
        if (ban.Require("key", "write key: [client_ip]") && ban.Node("key") is YamlSequence { Items.IsEmpty: true } empty)
        {
            diagnostics.Add(ShapeDiagnostics.Conflict(empty.Span, "a ban without a key would ban everybody", "write key: [client_ip] or the like"));
        }

        var key = KeyReader.Read(ban);
        var steps = ban.Require("for", "write for: 2h, a list [10m, 2h, 1d], or released") ? ReadSteps(ban) : [];
        var forget = ban.Duration("forget")?.Value ?? TimeSpan.FromDays(7);
        var unknown = ban.Choice("unknown", PolicyWords.Unknown)?.Value ?? UnknownKeys.Skip;
        return new BanSyntax(new Located<string>(entry.Key.Value, entry.Key.Span), key, steps, forget, unknown);
    }

    private static ImmutableArray<TimeSpan?> ReadSteps(MappingReader ban)
    {
        var scalars = ban.Node("for") is YamlScalar single ? [single] : ban.Scalars("for", "a duration, a list of them, or released");
        var form = ban.Table.FormOf<DurationForm>("for");
        var steps = ImmutableArray.CreateBuilder<TimeSpan?>();
        foreach (var scalar in scalars)
        {
            if (scalar.Value == "released")
            {
                steps.Add(null);
            }
            else if (ValueReader.Duration("for", scalar, form.Least, form.Most, ban.Diagnostics) is { } time)
            {
                steps.Add(time);
            }
        }

        var last = steps.IndexOf(null);
        if (last >= 0 && last < steps.Count - 1)
        {
            ban.Diagnostics.Add(ShapeDiagnostics.Conflict(scalars[last].Span, "nothing follows 'released': the ban does not end by itself", "write released last"));
        }

        return steps.ToImmutable();
    }
}
