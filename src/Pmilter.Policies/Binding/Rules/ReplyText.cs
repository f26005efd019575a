using System.Globalization;
using System.Text.RegularExpressions;

namespace Pmilter.Policies.Binding.Rules;

/// <summary>A reply as written: <c>421 4.7.0 text</c>, <c>4.7.0 text</c> or <c>text</c>.</summary>
/// <param name="Code">Null where none leads.</param>
/// <param name="EnhancedCode">Empty where none leads.</param>
/// <param name="Start">Where the text begins.</param>
/// <param name="Text">The rest.</param>
internal sealed partial record ReplyText(int? Code, string EnhancedCode, int Start, string Text)
{
    public static ReplyText Parse(string written)
    {
        var match = Codes().Match(written);
        var code = match.Groups["code"];
        var start = match.Success ? match.Length : 0;
        return new ReplyText(
            code.Success ? int.Parse(code.ValueSpan, CultureInfo.InvariantCulture) : null, match.Groups["enhanced"].Value, start, written[start..]);
    }

    [GeneratedRegex(@"\A(?:(?<code>[0-9]{3})(?:[ -]|\z))?(?:(?<enhanced>[0-9]\.[0-9]{1,3}\.[0-9]{1,3})(?: |\z))?", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Codes();
}
