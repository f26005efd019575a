using Pmilter.Policies.Lookups;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Rehearsal.Tests;

namespace Pmilter.Rehearsal;

/// <summary>Reads <c>facts</c>: look-ups as a condition writes them, and their answers.</summary>
internal static class SampleFacts
{
    /// <summary>The answer of a look-up that fails.</summary>
    private const string Timeout = "timeout";

    /// <summary>Over those that are there already.</summary>
    public static IReadOnlyDictionary<string, string?> Read(IReadOnlyDictionary<string, string?> before, YamlMapping facts, DiagnosticBag diagnostics)
    {
        var all = new Dictionary<string, string?>(before, StringComparer.Ordinal);
        foreach (var entry in facts.Entries)
        {
            if (LookupNames.Read(entry.Key, diagnostics, out var isText) is not { } lookup)
            {
                continue;
            }

            var answer = (entry.Value as YamlScalar)?.Value;
            var isGood = answer == Timeout || (isText ? answer is "" || IsAddress(answer) : answer is "true" or "false");
            if (!isGood)
            {
                diagnostics.Add(TestDiagnostics.BadFact(entry.Value.Span, lookup, answer ?? "a collection", isText ? "an address such as '127.0.0.2', '' for not listed" : "true or false"));
            }

            all[lookup] = answer == Timeout ? null : answer;
        }

        return all;
    }

    private static bool IsAddress(string? text) => text is not null && Networks.TryParseAddress(text) is not null;
}
