using System.Collections.Immutable;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding.Rules;

/// <summary>Bans have no phase of their own: the key is bound for reading anywhere, and again where a step writes it.</summary>
internal sealed class BanBinder(PolicyDocument document, BindingScope scope, SlotAllocator slots, DiagnosticBag diagnostics)
{
    public BoundBan? Bind(BanSyntax syntax)
    {
        return BindKey(syntax, new BindingSite(Phase.Connect, IsAnywhere: true), diagnostics) is { } key ? Ban(syntax, key) : null;
    }

    /// <summary>Null, reported at the step, where the key is not known.</summary>
    public ImmutableArray<KeyPart>? BindKeyAt(Located<string> name, Phase phase)
    {
        var syntax = document.Bans.First(b => string.Equals(b.Name.Value, name.Value, StringComparison.Ordinal));
        var key = BindKey(syntax, new BindingSite(phase), new DiagnosticBag());
        if (key is null || (phase > Phase.Rcpt && key.Value.Any(k => k.Usage.ReadsRecipient)))
        {
            diagnostics.Add(PolicyDiagnostics.KeyPhase(name, "ban", phase));
            return null;
        }

        return key;
    }

    private ImmutableArray<KeyPart>? BindKey(BanSyntax syntax, BindingSite site, DiagnosticBag found)
    {
        var binder = new ExpressionBinder(scope, found, slots);
        var key = ImmutableArray.CreateBuilder<KeyPart>(syntax.Key.Length);
        foreach (var expression in syntax.Key)
        {
            if (binder.BindKey(expression, site) is { } part)
            {
                key.Add(part);
            }
        }

        return found.HasErrors || key.Count < syntax.Key.Length ? null : key.ToImmutable();
    }

    private BoundBan Ban(BanSyntax syntax, ImmutableArray<KeyPart> key)
    {
        var definition = new BanDefinition($"{document.Name.Value}/{syntax.Name.Value}", syntax.For, syntax.Forget);
        return new BoundBan
        {
            Name = syntax.Name.Value,
            Key = key,
            Definition = definition,
            ShadowDefinition = definition with { Name = definition.Name + "~would" },
            Unknown = syntax.Unknown,
        };
    }
}
