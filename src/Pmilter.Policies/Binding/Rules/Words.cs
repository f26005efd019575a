using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Binding.Rules;

/// <summary>The words of enumerations as policies write them.</summary>
internal static class Words
{
    public static string Of(CountKind kind) => kind switch
    {
        CountKind.Connections => "connections",
        CountKind.Messages => "messages",
        CountKind.Recipients => "recipients",
        CountKind.Bytes => "bytes",
        CountKind.Distinct => "distinct",
        CountKind.Sum => "sum",
        CountKind.Explicit => "explicit",
        _ => "open_connections",
    };

    public static string Of(OnError onError) => onError switch
    {
        OnError.Tempfail => "tempfail",
        OnError.Reject => "reject",
        OnError.Accept => "accept",
        _ => "continue",
    };

    public static string Of(ValueType type) => type switch
    {
        ValueType.Text => "text",
        ValueType.Number => "number",
        ValueType.Bool => "bool",
        ValueType.Ip => "ip",
        _ => "time",
    };
}
