using System.Collections.Immutable;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding.Rules;

/// <summary>
/// Keys of what has no phase of its own (bans, memories, greylists): bound for reading anywhere, and again where a step writes under it.
/// </summary>
internal sealed class KeyBinder(BindingScope scope, SlotAllocator slots)
{
    /// <summary>Null when something is wrong with it, which has been reported.</summary>
    public ImmutableArray<KeyPart>? BindAnywhere(ImmutableArray<ExpressionSyntax> key, DiagnosticBag diagnostics)
    {
        var found = new DiagnosticBag();
        var bound = Bind(key, new BindingSite(Phase.Connect, IsAnywhere: true), found);
        foreach (var diagnostic in found.All)
        {
            diagnostics.Add(diagnostic);
        }

        return bound;
    }

    /// <summary>Null, reported at the step, where the key cannot be known in the phase.</summary>
    /// <param name="kind">For the message: <c>ban</c>.</param>
    public ImmutableArray<KeyPart>? BindAt(Located<string> name, string kind, ImmutableArray<ExpressionSyntax> key, Phase phase, DiagnosticBag diagnostics)
    {
        var bound = Bind(key, new BindingSite(phase), new DiagnosticBag());
        if (bound is null || (phase > Phase.Rcpt && bound.Value.Any(part => part.Usage.ReadsRecipient)))
        {
            diagnostics.Add(PolicyDiagnostics.KeyPhase(name, kind, phase));
            return null;
        }

        return bound;
    }

    private ImmutableArray<KeyPart>? Bind(ImmutableArray<ExpressionSyntax> key, BindingSite site, DiagnosticBag found)
    {
        var binder = new ExpressionBinder(scope, found, slots);
        var parts = ImmutableArray.CreateBuilder<KeyPart>(key.Length);
        foreach (var expression in key)
        {
            if (binder.BindKey(expression, site) is { } part)
            {
                parts.Add(part);
            }
        }

        return found.HasErrors || parts.Count < key.Length ? null : parts.ToImmutable();
    }
}
