using System.Collections.Immutable;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding.Rules;

/// <summary>Bans have no phase of their own: the key is bound in the first phase that knows it, and again where a step writes it.</summary>
internal sealed class BanBinder(PolicyDocument document, BindingScope scope, SlotAllocator slots, DiagnosticBag diagnostics)
{
    public BoundBan? Bind(BanSyntax syntax)
    {
        foreach (var phase in Enum.GetValues<Phase>())
        {
            if (BindKey(syntax, phase, new DiagnosticBag()) is { } key)
            {
                return Ban(syntax, key);
            }
        }

        BindKey(syntax, Phase.Eom, diagnostics);
        return null;
    }

    /// <summary>Null, reported at the step, where the key is not known.</summary>
    public ImmutableArray<KeyPart>? BindKeyAt(Located<string> name, Phase phase)
    {
        var syntax = document.Bans.First(b => string.Equals(b.Name.Value, name.Value, StringComparison.Ordinal));
        var key = BindKey(syntax, phase, new DiagnosticBag());
        if (key is null)
        {
            diagnostics.Add(PolicyDiagnostics.KeyPhase(name, "ban", phase));
        }

        return key;
    }

    private ImmutableArray<KeyPart>? BindKey(BanSyntax syntax, Phase phase, DiagnosticBag found)
    {
        var binder = new ExpressionBinder(scope, found, slots);
        var key = ImmutableArray.CreateBuilder<KeyPart>(syntax.Key.Length);
        foreach (var expression in syntax.Key)
        {
            if (binder.BindKey(expression, new BindingSite(phase)) is { } part)
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
