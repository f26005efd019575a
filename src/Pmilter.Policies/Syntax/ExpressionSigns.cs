using System.Collections.Immutable;
using System.Globalization;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>The signs of the language, longest first, and those that look like signs but are refused.</summary>
internal static class ExpressionSigns
{
    internal sealed record Sign(string Written, string Canonical, TokenKind Kind = TokenKind.Operator, Func<SourceSpan, string, Diagnostic>? Refuse = null);

    public static ImmutableArray<Sign> All { get; } =
    [
        Refused("=~", ExpressionDiagnostics.RegexOperator),
        Refused("!~", ExpressionDiagnostics.RegexOperator),
        Refused("~=", ExpressionDiagnostics.RegexOperator),
        Refused("<<", Bits(null)),
        Refused(">>", Bits(null)),
        Refused("=<", (span, found) => ExpressionDiagnostics.UnknownCharacter(span, $"'{found}'", "write <=")),
        Refused("=>", (span, found) => ExpressionDiagnostics.UnknownCharacter(span, $"'{found}'", "write >=")),
        Refused("===", (span, found) => ExpressionDiagnostics.UnknownCharacter(span, $"'{found}'", "write =")),
        new("==", "="),
        new("!=", "<>"),
        new("<>", "<>"),
        new("<=", "<="),
        new(">=", ">="),
        new("&&", "and"),
        new("||", "or"),
        new("=", "="),
        new("<", "<"),
        new(">", ">"),
        new("!", "not"),
        new("+", "+"),
        new("-", "-"),
        new("*", "*"),
        new("/", "/"),
        new("%", "%"),
        new("?", "?"),
        new(":", ":"),
        new("(", "(", TokenKind.Open),
        new(")", ")", TokenKind.Close),
        new(",", ",", TokenKind.Comma),
        Refused("&", Bits("write and")),
        Refused("|", Bits("write or")),
        Refused("^", Bits("write a <> b for one or the other")),
        Refused("~", Bits("write not, or matches(s, 'pattern')")),
    ];

    /// <summary>What to write instead of a character that a keyboard or a word processor slipped in.</summary>
    public static string? MendOf(char c) => c switch
    {
        '\u2018' or '\u2019' or '\u201c' or '\u201d' or '\u00b4' or '`' => "text takes straight single quotes: '…'",
        '\u00a0' or '\u3000' => "write an ordinary space",
        '{' or '}' => "{field} is for reply texts; in a condition write the field's name alone",
        '$' => "fields are written without $",
        '@' => "text takes single quotes",
        ';' => "a condition is one expression; join parts with and",
        '\u2260' => "write <>",
        '\u2264' => "write <=",
        '\u2265' => "write >=",
        >= '\uff01' and <= '\uff5e' => $"write {(char)(c - 0xfee0)} in half width",
        _ => null,
    };

    public static string Describe(string character) =>
        char.IsControl(character[0]) || char.IsWhiteSpace(character[0]) || (character.Length == 1 && char.IsSurrogate(character[0]))
            ? string.Create(CultureInfo.InvariantCulture, $"the character U+{(int)character[0]:X4}")
            : $"'{character}'";

    private static Sign Refused(string written, Func<SourceSpan, string, Diagnostic> refuse) => new(written, written, TokenKind.Operator, refuse);

    private static Func<SourceSpan, string, Diagnostic> Bits(string? hint) => (span, written) => ExpressionDiagnostics.BitOperator(span, written, hint);
}
