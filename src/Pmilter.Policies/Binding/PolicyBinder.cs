using System.Collections.Immutable;
using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>From documents to bound policies: scopes first, since files may use each other in any order, then counters, bans and rules of each.</summary>
internal sealed class PolicyBinder(IReadOnlyList<PolicyDocument> documents, CompilerOptions options, DiagnosticBag diagnostics)
{
    private readonly SlotAllocator _slots = new();
    private int _counters;

    public ImmutableArray<BoundPolicy> Bind()
    {
        var scopes = new ScopeBuilder(documents, options, diagnostics);
        var names = new Dictionary<string, SourceSpan>(StringComparer.Ordinal);
        var policies = ImmutableArray.CreateBuilder<BoundPolicy>(documents.Count);
        foreach (var document in documents)
        {
            if (!names.TryAdd(document.Name.Value, document.Name.Span))
            {
                diagnostics.Add(PolicyDiagnostics.DuplicatePolicy(document.Name, names[document.Name.Value]));
            }

            policies.Add(Bind(document, scopes.Build(document)));
        }

        return policies.ToImmutable();
    }

    private BoundPolicy Bind(PolicyDocument document, BindingScope scope)
    {
        CheckMacros(document);
        BindState(document, scope);
        VariableTypes.Collect(document, scope, _slots, diagnostics);
        var counters = BindCounters(document, scope);

        // Variables made of counters are typed only now.
        VariableTypes.Collect(document, scope, _slots, diagnostics);
        return new BoundPolicy(document, scope, counters, BindRules(document, scope));
    }

    private void CheckMacros(PolicyDocument document)
    {
        foreach (var macro in document.Macros)
        {
            if (Catalogs.FieldCatalog.Find(macro.Name.Value) is not null)
            {
                diagnostics.Add(PolicyDiagnostics.MacroHidesField(macro.Name));
            }
        }
    }

    private void BindState(PolicyDocument document, BindingScope scope)
    {
        var binder = new StateBinder(document, scope, _slots, diagnostics);
        foreach (var syntax in document.Bans)
        {
            if (binder.Bind(syntax) is { } ban)
            {
                scope.Bans[ban.Name] = ban;
            }
        }

        foreach (var syntax in document.Memories)
        {
            if (binder.Bind(syntax) is { } memory)
            {
                scope.Memories[memory.Name] = memory;
            }
        }

        foreach (var syntax in document.Greylists)
        {
            if (binder.Bind(syntax) is { } greylist)
            {
                scope.Greylists[greylist.Name] = greylist;
            }
        }
    }

    private ImmutableArray<ConditionedCounter> BindCounters(PolicyDocument document, BindingScope scope)
    {
        var binder = new CounterBinder(document, scope, _slots, diagnostics);
        var counters = ImmutableArray.CreateBuilder<ConditionedCounter>();
        foreach (var syntax in document.Counters)
        {
            if (binder.Bind(syntax, _counters) is not { } counter)
            {
                continue;
            }

            scope.Counters[syntax.Name.Value] = counter.Counter;
            _counters++;
            counters.Add(counter);
        }

        return counters.ToImmutable();
    }

    private ImmutableArray<BoundRule> BindRules(PolicyDocument document, BindingScope scope)
    {
        var binder = new RuleBinder(document, scope, _slots, options, diagnostics);
        var rules = ImmutableArray.CreateBuilder<BoundRule>();
        foreach (var syntax in document.Rules)
        {
            if (binder.Bind(syntax, EffectiveModes.Of(document, syntax, options)) is { } rule)
            {
                rules.Add(rule);
            }
        }

        return rules.ToImmutable();
    }
}
