using System.Collections.Immutable;
using System.Globalization;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Compilation;

/// <summary>Rules that do what is written and probably not what is meant.</summary>
internal static class DoubtfulRules
{
    private static readonly HashSet<string> SignedHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "From", "Reply-To", "Subject", "Date", "To", "Cc", "Resent-From", "Resent-To", "In-Reply-To", "References", "Message-ID", "Sender",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
    };

    public static void Report(ImmutableArray<BoundPolicy> policies, DiagnosticBag diagnostics)
    {
        for (var i = 0; i < policies.Length; i++)
        {
            foreach (var rule in policies[i].Rules)
            {
                ReportReply(rule, diagnostics);
                ReportLimit(rule, diagnostics);
                ReportSignatures(rule, diagnostics);
                if (rule.Verdict is { Word: VerdictWord.AllowAll })
                {
                    ReportBypass(rule, policies, i, diagnostics);
                }
            }
        }
    }

    private static void ReportReply(BoundRule rule, DiagnosticBag diagnostics)
    {
        var span = rule.Syntax.Then[^1].Span;
        if (rule.Phase == Phase.Connect && rule.Verdict?.Reply is not null)
        {
            diagnostics.Add(PolicyWarnings.ConnectText(span));
        }

        if (rule.Verdict is not { Word: VerdictWord.Tempfail or VerdictWord.Greylist } || rule.Phase < Phase.Mail)
        {
            return;
        }

        var isExcluded = rule.Conditions.Unless.Any(c => IsAuthenticated(c.Syntax));
        var isAsked = rule.Conditions.When.Any(c => IsAuthenticated(c.Syntax))
            || (rule.Limit?.Counter.Syntax.Key.Any(k => k is NameSyntax { Name: "sasl_login" }) ?? false);
        if (isAsked && !isExcluded)
        {
            diagnostics.Add(PolicyWarnings.TempfailForMailPrograms(span));
        }
    }

    /// <summary>
    /// RFC 6376 5.4.1: what signers sign. Mail of authenticated clients is signed behind us, if at all; a rule that asks for the recipient's
    /// domain is taken to know that the mail stays here.
    /// </summary>
    private static void ReportSignatures(BoundRule rule, DiagnosticBag diagnostics)
    {
        if (rule.Usage.Fields.Contains("rcpt_to_domain") || rule.Conditions.When.Any(c => IsAuthenticated(c.Syntax) || IsOurs(c.Syntax)))
        {
            return;
        }

        foreach (var step in rule.Syntax.Then)
        {
            var isSigned = step.Name.Value switch
            {
                "replace_body" or "add_banner" or "add_footer" or "subject_prefix" => true,
                "change_header" or "delete_header" => SignedHeaders.Contains(HeaderNameOf(step)),
                _ => false,
            };
            if (isSigned)
            {
                diagnostics.Add(PolicyWarnings.BreaksSignatures(step.Name.Span, step.Name.Value));
                return;
            }
        }
    }

    private static string HeaderNameOf(StepSyntax step) => step.Argument switch
    {
        YamlScalar scalar => scalar.Value.Split(':')[0].Trim(),
        YamlMapping mapping => mapping.Entries.FirstOrDefault(e => e.Key.Value == "name")?.Value is YamlScalar name ? name.Value : string.Empty,
        _ => string.Empty,
    };

    private static bool IsOurs(ExpressionSyntax syntax) => syntax switch
    {
        BinarySyntax { Operator: BinaryOperator.And } and => IsOurs(and.Left) || IsOurs(and.Right),
        BinarySyntax { Operator: BinaryOperator.Or } or => IsOurs(or.Left) && IsOurs(or.Right),
        BinarySyntax { Operator: BinaryOperator.Equal, Left: NameSyntax { Name: "origin" }, Right: TextSyntax { Value: "submission" or "local" } } => true,
        BinarySyntax { Operator: BinaryOperator.NotEqual, Left: NameSyntax { Name: "origin" }, Right: TextSyntax { Value: "smtp" } } => true,
        _ => false,
    };

    private static void ReportLimit(BoundRule rule, DiagnosticBag diagnostics)
    {
        if (rule.Limit is not { } limit || rule.Syntax.Limit is not { } syntax)
        {
            return;
        }

        if (limit.Hold is null && limit.Counter.Syntax.Refused == RefusedHits.Count && rule.Verdict is { Word: VerdictWord.Tempfail })
        {
            diagnostics.Add(PolicyWarnings.Starves(syntax.Span, limit.Counter.Name));
        }

        if (limit.Hold is not null && rule.Verdict is not { Refuses: true })
        {
            diagnostics.Add(PolicyWarnings.HoldWithoutVerdict(syntax.Span, rule.Syntax.Id.Value));
        }

        var window = limit.Counter.Definition.Window;
        if (limit is { EmptiesAfter: true, Hold: { } hold } && hold.For < window)
        {
            // As many rounds as begin within one window, each with max events.
            var rounds = Math.Ceiling(window / hold.For);
            var rate = limit.Max.Syntax is NumberSyntax max
                ? string.Create(CultureInfo.InvariantCulture, $"up to {max.Value * rounds} in {ValueReader.Show(window)}")
                : string.Create(CultureInfo.InvariantCulture, $"up to {rounds} times max in {ValueReader.Show(window)}");
            diagnostics.Add(PolicyWarnings.TrueRate(syntax.Span, rate));
        }
    }

    private static void ReportBypass(BoundRule rule, ImmutableArray<BoundPolicy> policies, int index, DiagnosticBag diagnostics)
    {
        var bypassed = policies.Skip(index).SelectMany(p => p.Rules)
            .Where(r => r.Phase == rule.Phase && r.Reference.Mode != PolicyMode.Off && (!ReferenceEquals(r.Document, rule.Document) || r.Syntax.Span.Start > rule.Syntax.Span.Start))
            .Select(r => $"{r.Reference.Policy}.{r.Reference.Id}")
            .ToArray();
        if (bypassed.Length > 0)
        {
            diagnostics.Add(PolicyWarnings.Bypasses(rule.Syntax.Then[^1].Span, string.Join(", ", bypassed)));
        }
    }

    /// <summary>Whether the condition can hold only for a client that has logged in.</summary>
    private static bool IsAuthenticated(ExpressionSyntax syntax) => syntax switch
    {
        NameSyntax { Name: "authenticated" } => true,
        BinarySyntax { Operator: BinaryOperator.And } and => IsAuthenticated(and.Left) || IsAuthenticated(and.Right),
        BinarySyntax { Operator: BinaryOperator.Or } or => IsAuthenticated(or.Left) || IsAuthenticated(or.Right),
        BinarySyntax { Operator: BinaryOperator.NotEqual, Left: NameSyntax { Name: "sasl_login" }, Right: TextSyntax { Value: "" } } => true,
        BinarySyntax { Operator: BinaryOperator.Equal, Left: NameSyntax { Name: "sasl_login" }, Right: TextSyntax { Value: not "" } } => true,
        CallSyntax { Function: "in_list" or "in", Arguments: [NameSyntax { Name: "sasl_login" }, ..] } => true,
        _ => false,
    };
}
