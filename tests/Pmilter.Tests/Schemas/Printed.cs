using System.Collections;
using System.Globalization;
using System.Reflection;
using Pmilter.Policies.Text;

namespace Pmilter.Tests.Schemas;

/// <summary>A record with everything in it, as text: records that hold arrays do not compare by content. Places in the source are left out.</summary>
internal static class Printed
{
    public static string Of(object? value) => value switch
    {
        null or SourceSpan => "-",
        string text => $"'{text}'",
        IFormattable or bool or TimeZoneInfo => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Of))}]",
        _ => $"{{ {string.Join(", ", value.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property.GetIndexParameters().Length == 0).Select(property => $"{property.Name}: {Of(property.GetValue(value))}"))} }}",
    };
}
