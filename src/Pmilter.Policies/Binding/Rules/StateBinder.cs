using System.Collections.Immutable;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding.Rules;

/// <summary>Bans, memories and greylists of one file.</summary>
internal sealed class StateBinder(PolicyDocument document, BindingScope scope, SlotAllocator slots, DiagnosticBag diagnostics)
{
    private const string Shadow = GreylistDefinition.ShadowSuffix;

    private readonly KeyBinder _keys = new(scope, slots);

    public BoundBan? Bind(BanSyntax syntax)
    {
        if (_keys.BindAnywhere(syntax.Key, diagnostics) is not { } key)
        {
            return null;
        }

        var definition = new BanDefinition(FullName(syntax.Name), syntax.For, syntax.Forget) { KeyTexts = [.. key.Select(part => part.Source)] };
        return new BoundBan
        {
            Name = syntax.Name.Value,
            Key = key,
            Definition = definition,
            ShadowDefinition = definition with { Name = definition.Name + Shadow },
            Unknown = syntax.Unknown,
        };
    }

    public BoundMemory? Bind(MemorySyntax syntax)
    {
        if (_keys.BindAnywhere(syntax.Key, diagnostics) is not { } key)
        {
            return null;
        }

        var definition = new MemoryDefinition(FullName(syntax.Name), syntax.For);
        return new BoundMemory
        {
            Name = syntax.Name.Value,
            Key = key,
            Definition = definition,
            ShadowDefinition = definition with { Name = definition.Name + Shadow },
            Unknown = syntax.Unknown,
        };
    }

    public BoundGreylist? Bind(GreylistSyntax syntax)
    {
        if (_keys.BindAnywhere(syntax.Key, diagnostics) is not { } key)
        {
            return null;
        }

        var namesClient = key.Any(part => part.Usage.Fields.Contains("client_net") || part.Usage.Fields.Contains("client_ip"));
        if (syntax.TrustClientAfter > 0 && !namesClient)
        {
            diagnostics.Add(PolicyDiagnostics.TrustWithoutClient(syntax.Name));
            return null;
        }

        var text = string.Join(", ", key.Select(part => part.Source));
        var definition = new GreylistDefinition(
            FullName(syntax.Name), text, syntax.Delay, syntax.RetryWithin, syntax.Remember, syntax.TrustClientAfter, syntax.LearnFor, AdoptsShadow: false);
        return new BoundGreylist { Name = syntax.Name.Value, Definition = definition, NamesClient = namesClient, Unknown = syntax.Unknown };
    }

    /// <summary>One with an error of its own, which has been reported already.</summary>
    public bool IsDeclared(string name) =>
        document.Greylists.Any(greylist => string.Equals(greylist.Name.Value, name, StringComparison.Ordinal))
        || document.Memories.Any(memory => string.Equals(memory.Name.Value, name, StringComparison.Ordinal));

    /// <summary>Null, reported at the step, where the key is not known.</summary>
    public ImmutableArray<KeyPart>? BanKeyAt(Located<string> name, Phase phase) =>
        _keys.BindAt(name, "ban", Find(document.Bans, ban => ban.Name, name).Key, phase, diagnostics);

    /// <summary>Null, reported at the step, where the key is not known.</summary>
    public ImmutableArray<KeyPart>? MemoryKeyAt(Located<string> name, Phase phase) =>
        _keys.BindAt(name, "memory", Find(document.Memories, memory => memory.Name, name).Key, phase, diagnostics);

    /// <summary>Null, reported at the step, where the key is not known.</summary>
    public ImmutableArray<KeyPart>? GreylistKeyAt(Located<string> name, Phase phase) =>
        _keys.BindAt(name, "greylist", Find(document.Greylists, greylist => greylist.Name, name).Key, phase, diagnostics);

    /// <summary>Whom a greylist trusts: the client's network, since senders use pools of addresses.</summary>
    public ImmutableArray<KeyPart> ClientAt(Located<string> name, Phase phase) =>
        _keys.BindAt(name, "greylist", [new NameSyntax(name.Span, "client_net")], phase, diagnostics) ?? [];

    private static T Find<T>(ImmutableArray<T> all, Func<T, Located<string>> nameOf, Located<string> name) =>
        all.First(each => string.Equals(nameOf(each).Value, name.Value, StringComparison.Ordinal));

    private string FullName(Located<string> name) => $"{document.Name.Value}/{name.Value}";
}
