using System.Collections.Immutable;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>Calls that read counters and bans.</summary>
internal static class StateBinding
{
    public static TypedNode? Counter(CallBinding call)
    {
        var pass = call.Pass;
        var name = call.Literal(0, "a counter's name");
        if (name is null)
        {
            return null;
        }

        if (!pass.Scope.Counters.TryGetValue(name, out var counter))
        {
            pass.Diagnostics.Add(BindingDiagnostics.UnknownCounter(call.SpanOf(0), name, SetBinding.CrossFileHint(name) ?? Suggestion.For(name, pass.Scope.Counters.Keys)));
            return null;
        }

        pass.Usage.Counters.Add(counter);
        if (call.Count == 1 && (pass.Site.IsAnywhere || counter.Phase <= pass.Site.Phase))
        {
            pass.Need(counter.Phase, Pmilter.Protocol.Negotiation.MilterEvents.None);
            return call.Result(new ReadingNode(counter.Index, call.Call));
        }

        if (call.Count == 1 && pass.Site.IsLimit)
        {
            pass.Diagnostics.Add(BindingDiagnostics.CounterTooLate(call.SpanOf(0), name, counter.Phase, pass.Site.Phase));
            return null;
        }

        if (KeyOf(call, $"counter '{name}'", counter.Key) is not { } key)
        {
            return null;
        }

        var lifetime = LifetimeOf(key);
        var slot = SlotName(pass, "counter", name, key);
        return call.Result(new CounterSlotNode(
            new CounterSource(pass.Slots.IndexOf(slot), lifetime, key, counter, false),
            new CounterSource(pass.Slots.IndexOf($"{slot}~would"), lifetime, key, counter, true),
            call.Call));
    }

    public static TypedNode? Banned(CallBinding call)
    {
        var pass = call.Pass;
        var name = call.Literal(0, "a ban's name");
        if (name is null)
        {
            return null;
        }

        if (!pass.Scope.Bans.TryGetValue(name, out var ban))
        {
            pass.Diagnostics.Add(BindingDiagnostics.UnknownBan(call.SpanOf(0), name, SetBinding.CrossFileHint(name) ?? Suggestion.For(name, pass.Scope.Bans.Keys)));
            return null;
        }

        pass.Usage.Bans.Add(ban);
        if (KeyOf(call, $"ban '{name}'", ban.Key) is not { } key)
        {
            return null;
        }

        var lifetime = LifetimeOf(key);
        var slot = SlotName(pass, "banned", name, key);
        return call.Result(new RunningSlotNode(
            new BanSource(pass.Slots.IndexOf(slot), lifetime, key, ban, false),
            new BanSource(pass.Slots.IndexOf($"{slot}~would"), lifetime, key, ban, true),
            call.Call));
    }

    public static TypedNode? Remembered(CallBinding call)
    {
        var pass = call.Pass;
        var name = call.Literal(0, "a memory's name");
        if (name is null)
        {
            return null;
        }

        if (!pass.Scope.Memories.TryGetValue(name, out var memory))
        {
            pass.Diagnostics.Add(BindingDiagnostics.UnknownMemory(call.SpanOf(0), name, SetBinding.CrossFileHint(name) ?? Suggestion.For(name, pass.Scope.Memories.Keys)));
            return null;
        }

        pass.Usage.Memories.Add(memory);
        if (KeyOf(call, $"memory '{name}'", memory.Key) is not { } key)
        {
            return null;
        }

        var lifetime = LifetimeOf(key);
        var slot = SlotName(pass, "remembered", name, key);
        return call.Result(new RunningSlotNode(
            new MemorySource(pass.Slots.IndexOf(slot), lifetime, key, memory, false),
            new MemorySource(pass.Slots.IndexOf($"{slot}~would"), lifetime, key, memory, true),
            call.Call));
    }

    /// <summary>The key as written, or its own, checked against the phase where it is read.</summary>
    private static ImmutableArray<KeyPart>? KeyOf(CallBinding call, string what, ImmutableArray<KeyPart> own)
    {
        call.Pass.Usage.HasLookup = true;
        return call.Count == 1 ? OwnKey(call, own) : GivenKey(call, what, own.Length);
    }

    private static ImmutableArray<KeyPart>? OwnKey(CallBinding call, ImmutableArray<KeyPart> own)
    {
        var isKnown = true;
        foreach (var part in own)
        {
            foreach (var name in part.Usage.Fields)
            {
                isKnown &= FieldCatalog.Find(name) is not { } field || FieldBinding.Check(call.Pass, field, call.SpanOf(0));
            }

            var readsRecipient = call.Pass.Usage.ReadsRecipient;
            call.Pass.Usage.Add(part.Usage);
            call.Pass.Usage.ReadsRecipient = readsRecipient || (part.Usage.ReadsRecipient && !call.Pass.IsAskingRecipients);
        }

        return isKnown ? own : null;
    }

    private static ImmutableArray<KeyPart>? GivenKey(CallBinding call, string what, int expected)
    {
        var key = ImmutableArray.CreateBuilder<KeyPart>(call.Count - 1);
        var outer = call.Pass.Usage;
        for (var i = 1; i < call.Count; i++)
        {
            call.Pass.Usage = new ExpressionUsage();
            if (call.Any(i) is { } node)
            {
                key.Add(new NodeKeyPart(node, call.Pass.Usage));
            }

            outer.Add(call.Pass.Usage);
        }

        call.Pass.Usage = outer;

        if (call.Count - 1 != expected)
        {
            call.Pass.Diagnostics.Add(BindingDiagnostics.WrongKeyCount(call.Call.Span, what, expected, call.Count - 1));
            return null;
        }

        return key.Count == expected ? key.ToImmutable() : null;
    }

    private static SlotLifetime LifetimeOf(ImmutableArray<KeyPart> key)
    {
        foreach (var part in key)
        {
            foreach (var name in part.Usage.Fields)
            {
                if (FieldCatalog.Find(name) is { } field && (field.IsOfPart || FieldBinding.IsOfRecipient(field)))
                {
                    return field.IsOfPart ? SlotLifetime.Part : SlotLifetime.Recipient;
                }
            }
        }

        return SlotLifetime.Event;
    }

    /// <summary>With the policy's name: the same words mean other macros in another file.</summary>
    private static string SlotName(ExpressionPass pass, string function, string name, ImmutableArray<KeyPart> key) =>
        $"{pass.Scope.PolicyName}:{function}('{name}', {string.Join(", ", key.Select(part => part.Source))})";
}
