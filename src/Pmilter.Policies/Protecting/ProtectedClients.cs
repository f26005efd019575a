using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Files;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Protecting;

/// <summary>Reads <c>protect.clients</c>: a file of networks, or networks.</summary>
public static class ProtectedClients
{
    private const string Name = "protect.clients";

    /// <param name="path">The file, relative to the one that names it.</param>
    /// <returns>Null when it is not good; the diagnostics say why.</returns>
    public static FileList? Read(YamlScalar path, IListFileReader files, DiagnosticBag diagnostics)
    {
        var definition = new ListDefinition(
            new Located<string>(Name, path.Span), ListType.Cidr, path.Span.Source.Path, new Located<string>(path.Value, path.Span), new ListGuard(null, null));
        var verdict = new ListLoading(definition, files, new ListReading()).Load(null);
        foreach (var problem in verdict.Problems)
        {
            diagnostics.Add(problem);
        }

        if (verdict.Loaded is not { } loaded)
        {
            return null;
        }

        ReportBroad(loaded.Content, diagnostics);
        return new FileList(definition, loaded, verdict.Stamp);
    }

    /// <param name="networks">Addresses and networks.</param>
    public static MailList Read(IEnumerable<YamlScalar> networks, DiagnosticBag diagnostics)
    {
        var limit = new ListDiagnosticLimit(diagnostics);
        var builder = ListBuilder.Create(ListType.Cidr, limit, tellsDuplicates: true);
        foreach (var network in networks)
        {
            if (!builder.Add(new ListEntry(network.Value, network.Span)))
            {
                limit.Add(ListDiagnostics.Duplicate(network.Span, network.Value));
            }
        }

        limit.Close();
        var clients = builder.Build(new Reasons(areKept: false));
        ReportBroad(clients, diagnostics);
        return clients;
    }

    /// <summary>Whoever protects everybody has no rules left.</summary>
    private static void ReportBroad(MailList clients, DiagnosticBag diagnostics)
    {
        foreach (var group in clients.Broad.Groups)
        {
            diagnostics.Add(ListDiagnostics.BroadNetworks(group.Span, Name, string.Join(", ", group.Entries)));
        }
    }
}
