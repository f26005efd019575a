using Pmilter.Policies.Authentication;
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
            if (LookupNames.Read(entry.Key, diagnostics, out var kind) is not { } lookup)
            {
                continue;
            }

            var answer = (entry.Value as YamlScalar)?.Value;
            if (answer != Timeout && ExpectedInstead(kind, answer) is { } expected)
            {
                diagnostics.Add(TestDiagnostics.BadFact(entry.Value.Span, lookup, answer ?? "a collection", expected));
            }

            all[lookup] = answer == Timeout ? null : answer;
        }

        return all;
    }

    /// <summary>Null for a good answer.</summary>
    private static string? ExpectedInstead(LookupAnswer kind, string? answer) => kind switch
    {
        LookupAnswer.Truth => answer is "true" or "false" ? null : "true or false",
        LookupAnswer.Entry => answer is "" || IsAddress(answer) ? null : "an address such as '127.0.0.2', '' for not listed",
        LookupAnswer.Policy => answer is "" or "none" or "quarantine" or "reject" ? null : "none, quarantine, reject, '' for no record",
        _ => answer is "" || AuthenticationWords.All.Contains(answer, StringComparer.Ordinal) ? null : $"{string.Join(", ", AuthenticationWords.All)}, '' for nothing",
    };

    private static bool IsAddress(string? text) => text is not null && Networks.TryParseAddress(text) is not null;
}
