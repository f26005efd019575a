using System.Net;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Lookups;

/// <summary>Calls that ask the DNS: zones are checked here, and how long an answer holds.</summary>
internal static class LookupBinding
{
    public static TypedNode? List(CallBinding call)
    {
        var zone = Zone(call);
        var isAboutClient = call.Count == 1 || call.Call.Arguments[1] is NameSyntax { Name: "client_ip" };
        if (isAboutClient)
        {
            NeedClient(call.Pass);
            var written = $"{call.Call.Function}('{zone}')";
            return zone is null ? null : Text(call, new ListSource(call.Pass.Slots.IndexOf(written), SlotLifetime.Connection, call.Call.Function, zone, written, null));
        }

        if (Argument(call, 1) is not { } argument || zone is null)
        {
            return null;
        }

        return Text(call, new ListSource(SlotOf(call), argument.Lifetime, call.Call.Function, zone, Written(call), argument.Text));
    }

    public static TypedNode? HasMailExchanger(CallBinding call) =>
        Argument(call, 0) is { } argument ? Truth(call.Pass, new MailExchangerSource(SlotOf(call), argument.Lifetime, Written(call), argument.Text), call.Call) : null;

    public static TypedNode? Resolves(CallBinding call) =>
        Argument(call, 0) is { } argument ? Truth(call.Pass, new ResolvesSource(SlotOf(call), argument.Lifetime, Written(call), argument.Text), call.Call) : null;

    public static TypedNode ConfirmedName(ExpressionPass pass, ExpressionSyntax syntax)
    {
        NeedClient(pass);
        return Truth(pass, new ConfirmedNameSource(pass.Slots.IndexOf("fcrdns"), "fcrdns"), syntax);
    }

    private static TypedNode Text(CallBinding call, LookupSource source) => call.Result(new TextLookupNode(Used(call.Pass, source), call.Call));

    private static TypedNode Truth(ExpressionPass pass, LookupSource source, ExpressionSyntax syntax) => TypedNode.Of(new TruthLookupNode(Used(pass, source), syntax), syntax);

    private static LookupSource Used(ExpressionPass pass, LookupSource source)
    {
        pass.Usage.HasLookup = true;
        pass.Usage.Lookups.Add(source);
        return source;
    }

    private static void NeedClient(ExpressionPass pass)
    {
        pass.Usage.Fields.Add("client_ip");
        pass.Need(Phase.Connect, MilterEvents.Connect);
    }

    private static string? Zone(CallBinding call)
    {
        if (call.Literal(0, "a DNS zone") is not { } written)
        {
            return null;
        }

        if (HostName.Read(written) is { Length: <= HostName.MostZoneCharacters } zone && zone.Contains('.', StringComparison.Ordinal))
        {
            return zone;
        }

        call.Pass.Diagnostics.Add(BindingDiagnostics.BadLiteral(call.SpanOf(0), written, "a DNS zone like 'zen.example.org'", ZoneHint(written)));
        return null;
    }

    private static string? ZoneHint(string written) =>
        IPAddress.TryParse(written, out _) ? "the zone comes first: dnsbl('zone', ip)"
        : written.StartsWith('.') ? "leave the leading dot out"
        : null;

    /// <summary>What is asked about, as text, and the narrowest field in it.</summary>
    public static (Expression<string> Text, SlotLifetime Lifetime)? Argument(CallBinding call, int index)
    {
        var outer = call.Pass.Usage;
        call.Pass.Usage = new ExpressionUsage();
        var node = call.Any(index);
        var used = call.Pass.Usage;
        var lifetime = LifetimeOf(used);
        call.Pass.Usage = outer;
        outer.Add(used);
        return node switch
        {
            null => null,
            { Type: Binding.ValueType.Ip } => (new CallNode<IPAddress?, string>(node.Ip, static address => address?.ToString() ?? string.Empty, node.Syntax, string.Empty), lifetime),
            { Type: Binding.ValueType.Text } => (node.Text, lifetime),
            _ => call.Pass.Wrong<string>(node, "a text", null) is { } text ? (text, lifetime) : null,
        };
    }

    private static SlotLifetime LifetimeOf(ExpressionUsage used)
    {
        var lifetime = used.FirstPhase >= Phase.Mail ? SlotLifetime.Message : SlotLifetime.Connection;
        foreach (var name in used.Fields)
        {
            if (FieldCatalog.Find(name) is not { IsOnly: true } field)
            {
                continue;
            }

            if (!FieldBinding.IsOfRecipient(field))
            {
                return SlotLifetime.Event;
            }

            lifetime = SlotLifetime.Recipient;
        }

        return lifetime;
    }

    /// <summary>With the policy's name: the same words mean other macros in another file.</summary>
    public static int SlotOf(CallBinding call) => call.Pass.Slots.IndexOf($"{call.Pass.Scope.PolicyName}:{Written(call)}");

    private static string Written(CallBinding call) => ExpressionPrinter.Print(call.Call);
}
