using System.Net;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>A field where it stands: is it known there, and what must be sent for it.</summary>
internal static class FieldBinding
{
    /// <summary>What says nearly the same earlier.</summary>
    private static readonly Dictionary<string, string> Earlier = new(StringComparer.Ordinal)
    {
        ["subject"] = "mail_from",
        ["header_from"] = "mail_from",
        ["header_from_domain"] = "mail_from_domain",
        ["reply_to"] = "mail_from",
        ["header_to"] = "rcpt_to",
        ["size"] = "declared_size",
        ["body_size"] = "declared_size",
        ["helo"] = "client_name",
    };

    public static TypedNode? Bind(ExpressionPass pass, Field field, ExpressionSyntax syntax)
    {
        Record(pass, field);
        if (!Check(pass, field, syntax.Span))
        {
            return null;
        }

        if (field is LookupField lookup)
        {
            return lookup.Bind(pass, syntax);
        }

        object node = field switch
        {
            Field<string> text => new FieldNode<string>(text, syntax),
            Field<double> number => new FieldNode<double>(number, syntax),
            Field<bool> truth => new FieldNode<bool>(truth, syntax),
            Field<IPAddress?> address => new FieldNode<IPAddress?>(address, syntax),
            _ => throw new NotSupportedException(field.Name),
        };
        var bound = new TypedNode(field.Type, node, syntax) { Field = field };
        return pass.Scope.IsWatching ? bound.Watched(field.IsOfPart ? ContentBinding.PartsFact : field.Name) : bound;
    }

    /// <summary>Reports a field that is not known at the pass's site.</summary>
    public static bool Check(ExpressionPass pass, Field field, SourceSpan span)
    {
        var phase = pass.Site.Phase;
        if ((pass.Site.IsAnywhere && !field.IsOfPart) || field.IsKnownIn(phase) || IsAskedOfRecipients(pass, field) || (field.IsOfPart && pass.IsAskingParts))
        {
            return true;
        }

        if (field.IsOfPart && phase == Phase.Eom)
        {
            pass.Diagnostics.Add(BindingDiagnostics.NotKnownHere(span, field.Name, "inside any_part(…) and parts(…)", phase, "ask any_part(…) or parts(…)"));
            return false;
        }

        if (phase < field.First && phase <= Phase.Eom)
        {
            var alternative = Earlier.TryGetValue(field.Name, out var earlier) && FieldCatalog.Find(earlier)?.IsKnownIn(phase) == true ? $", or use {earlier}" : string.Empty;
            pass.Diagnostics.Add(BindingDiagnostics.NotKnownYet(span, field.Name, phase, $"first known in '{BindingDiagnostics.NameOf(field.First)}'; move the rule{alternative}"));
            return false;
        }

        var first = BindingDiagnostics.NameOf(field.First);
        pass.Diagnostics.Add(field.IsOnly
            ? BindingDiagnostics.NotKnownHere(span, field.Name, $"only in phase '{first}'", phase, HintForOnly(field, phase))
            : BindingDiagnostics.NotKnownHere(span, field.Name, $"from '{first}' to 'eom'", phase, "move the rule"));
        return false;
    }

    public static bool IsOfRecipient(Field field) => field is { IsOnly: true, First: Phase.Rcpt };

    private static bool IsAskedOfRecipients(ExpressionPass pass, Field field) =>
        IsOfRecipient(field) && pass.Site.Phase is >= Phase.Data and <= Phase.Eom && (pass.IsAskingRecipients || pass.Site.AllowsRecipients);

    private static string HintForOnly(Field field, Phase phase) => field.First switch
    {
        Phase.Rcpt when phase is >= Phase.Data and <= Phase.Eom => "ask any_rcpt(…), all_rcpt(…) or rcpts(…)",
        Phase.Header when phase is >= Phase.Eoh and <= Phase.Eom => "use header('Name')",
        _ => $"move the rule to '{BindingDiagnostics.NameOf(field.First)}'",
    };

    private static void Record(ExpressionPass pass, Field field)
    {
        var usage = pass.Usage;
        usage.Fields.Add(field.Name);
        var isOfRecipient = IsOfRecipient(field);
        pass.Need(isOfRecipient && pass.IsAskingRecipients ? Phase.Data : field.First, field.Events);
        usage.ReadsRecipient |= isOfRecipient && !pass.IsAskingRecipients;
        usage.Content |= field.Content;
        usage.ReadsGeo |= field.ReadsGeo;
        usage.ReadsAsn |= field.ReadsAsn;
        usage.ReadsMtaRefused |= field.ReadsMtaRefused;
        usage.ReadsLeadingSpace |= field.ReadsLeadingSpace;
        foreach (var (stage, macro) in field.Macros)
        {
            usage.Macros.Add((stage, macro));
        }

        if (field.Header.Length > 0)
        {
            usage.Headers.Add(field.Header);
        }
    }
}
