using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Text;
using ValueType = Pmilter.Policies.Binding.ValueType;

namespace Pmilter.Safety;

/// <summary>
/// Blocks as a policy like any other, placed first: fields, phases and what the MTA must send come out as for written rules. A block
/// refuses at rcpt or later, so that protected recipients can still be reached.
/// </summary>
internal static class BlockPolicy
{
    public const string Name = "pmilter_block";

    private const int ShortestFour = 8;
    private const int ShortestSix = 16;

    /// <summary>Null for no blocks.</summary>
    public static SourceText? Of(IReadOnlyList<Block> blocks)
    {
        if (blocks.Count == 0)
        {
            return null;
        }

        var text = new StringBuilder($"policy: {Name}\n");
        var lists = blocks.SelectMany(block => block.Conditions.Select((condition, i) => (Name: ListOf(block, i), Network: NetworkIn(condition)))).Where(list => list.Network.Length > 0).ToArray();
        if (lists.Length > 0)
        {
            text.Append("lists:\n");
            foreach (var (name, network) in lists)
            {
                text.Append(CultureInfo.InvariantCulture, $"  {name}: {{ type: cidr, items: ['{network}'] }}\n");
            }
        }

        text.Append("rules:\n");
        foreach (var block in blocks)
        {
            var when = string.Join(" and ", block.Conditions.Select((condition, i) => Condition(condition, ListOf(block, i))));
            text.Append(
                CultureInfo.InvariantCulture,
                $"  - id: {block.Id}\n    phase: {PhaseOf(block)}\n    when: \"{when}\"\n    until: '{block.Until.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss}Z'\n    then: [ {(block.Rejects ? "reject" : "tempfail")} ]\n");
        }

        return new SourceText("pmilter block", text.ToString());
    }

    /// <summary>Why it cannot be a block; null when it can.</summary>
    public static string? Mistake(Block block, DateTimeOffset now)
    {
        foreach (var condition in block.Conditions)
        {
            if (MistakeIn(condition) is { } mistake)
            {
                return mistake;
            }
        }

        var diagnostics = new DiagnosticBag();
        PolicyCompiler.Compile([Of([block])!], new NoFiles(), new CompilerOptions { Now = now }, diagnostics);
        return diagnostics.All.FirstOrDefault(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)?.Message;
    }

    private static string? MistakeIn(string condition)
    {
        var at = condition.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0)
        {
            return $"'{condition}' is not FIELD=VALUE, such as client_ip=203.0.113.0/24";
        }

        var (name, value) = Split(condition);
        if (FieldCatalog.Find(name) is not { } field)
        {
            return $"there is no field '{name}'; {Suggestion.For(name, FieldCatalog.All.Select(each => each.Name)) ?? "'pmilter fields' lists them"}";
        }

        if (value.Length == 0 || value.Any(c => char.IsControl(c) || c is '\'' or '"' or '\\'))
        {
            return $"the value of '{name}' is empty, or has quotes, backslashes or control characters in it";
        }

        return field.Type switch
        {
            ValueType.Ip => MistakeInNetwork(value),
            ValueType.Number when !double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) => $"'{name}' is a number, and '{value}' is not",
            ValueType.Bool when value is not ("true" or "false") => $"'{name}' is true or false, not '{value}'",
            _ => null,
        };
    }

    private static string Condition(string condition, string list)
    {
        var (name, value) = Split(condition);
        return FieldCatalog.Find(name)?.Type switch
        {
            ValueType.Ip => $"in_list({name}, '{list}')",
            ValueType.Number => $"{name} = {value}",
            ValueType.Bool => value == "true" ? name : $"not {name}",
            _ => $"{name} = '{value}'",
        };
    }

    /// <summary>A slip of the hand must not block half of the world.</summary>
    private static string? MistakeInNetwork(string value)
    {
        if (IPAddress.TryParse(value, out _))
        {
            return null;
        }

        if (!IPNetwork.TryParse(value, out var network))
        {
            return $"'{value}' is not an address or network, such as 203.0.113.0/24";
        }

        var host = IPAddress.Parse(value[..value.IndexOf('/', StringComparison.Ordinal)]);
        if (!network.BaseAddress.Equals(host))
        {
            return $"'{value}' is one address or a network? Write {host} or {network}";
        }

        var least = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? ShortestFour : ShortestSix;
        return network.PrefixLength < least ? $"'{value}' is too wide to be meant; /{least} is the widest, and a policy can do more" : null;
    }

    private static string NetworkIn(string condition) =>
        Split(condition) is var (name, value) && FieldCatalog.Find(name)?.Type == ValueType.Ip ? value : string.Empty;

    private static string PhaseOf(Block block) => block.Conditions.Select(condition => FieldCatalog.Find(Split(condition).Name)?.First ?? Phase.Rcpt).Append(Phase.Rcpt).Max().ToString().ToLowerInvariant();

    private static string ListOf(Block block, int condition) => string.Create(CultureInfo.InvariantCulture, $"{block.Id}_{condition + 1}");

    private static (string Name, string Value) Split(string condition)
    {
        var at = condition.IndexOf('=', StringComparison.Ordinal);
        return (condition[..at].Trim(), condition[(at + 1)..].Trim());
    }

    private sealed class NoFiles : IListFileReader
    {
        public ListFile Find(string policyPath, string path) => throw new NotSupportedException("Blocks name no files.");
    }
}
