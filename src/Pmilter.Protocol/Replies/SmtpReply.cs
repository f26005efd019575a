using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Replies;

/// <summary>
/// An SMTP reply that both MTAs take as it is: code 4xx or 5xx, an enhanced code of the same class, at most 32 lines of at most
/// 980 bytes without CR, LF or NUL (libmilter smfi_setmlreply). A percent sign is doubled by the encoder, not here.
/// </summary>
public sealed record SmtpReply
{
    /// <summary>libmilter's MAXREPLIES.</summary>
    public const int MaxLines = 32;

    /// <summary>libmilter's MAXREPLYLEN.</summary>
    public const int MaxLineBytes = 980;

    private static readonly SearchValues<char> LineBreakers = SearchValues.Create("\r\n\0");

    private SmtpReply(int code, string enhancedCode, IReadOnlyList<string> lines)
    {
        Code = code;
        EnhancedCode = enhancedCode;
        Lines = lines;
    }

    /// <summary>400 to 599.</summary>
    public int Code { get; }

    /// <summary><c>4.7.1</c>; empty when there is none.</summary>
    public string EnhancedCode { get; }

    /// <summary>The text, a line each, without codes; at least one.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>Makes a reply, or says in <paramref name="error"/> what was found and what was expected.</summary>
    public static bool TryCreate(
        int code,
        string enhancedCode,
        IReadOnlyList<string> lines,
        [NotNullWhen(true)] out SmtpReply? reply,
        [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(enhancedCode);
        ArgumentNullException.ThrowIfNull(lines);
        error = CodeError(code) ?? EnhancedCodeError(code, enhancedCode) ?? LinesError(lines);
        reply = error is null ? new SmtpReply(code, enhancedCode, [.. lines]) : null;
        return reply is not null;
    }

    /// <summary>Codes and text as the SMTP client sees them, for people.</summary>
    /// <param name="between">Stands between the lines of a reply that has several.</param>
    public string Show(string between = " / ") =>
        string.Create(CultureInfo.InvariantCulture, $"{Code} {(EnhancedCode.Length == 0 ? string.Empty : EnhancedCode + " ")}{string.Join(between, Lines)}");

    private static string? CodeError(int code) =>
        code is >= 400 and <= 599 ? null : $"The reply code is {code}; expected 400 to 599.";

    private static string? EnhancedCodeError(int code, string enhancedCode)
    {
        if (enhancedCode.Length == 0)
        {
            return null;
        }

        if (!IsEnhancedCode(enhancedCode))
        {
            return $"The enhanced code is '{enhancedCode}'; expected {code / 100}.N.N with numbers of one to three digits.";
        }

        return enhancedCode[0] - '0' == code / 100
            ? null
            : $"The enhanced code is '{enhancedCode}' and the reply code {code}; expected the same first digit, {code / 100}.";
    }

    private static bool IsEnhancedCode(string text)
    {
        var parts = text.Split('.');
        return parts.Length == 3 && (parts[0] is "2" or "4" or "5") && IsShortNumber(parts[1]) && IsShortNumber(parts[2]);
    }

    private static bool IsShortNumber(string text) => text.Length is >= 1 and <= 3 && text.All(char.IsAsciiDigit);

    private static string? LinesError(IReadOnlyList<string> lines)
    {
        if (lines.Count is 0 or > MaxLines)
        {
            return $"The reply has {lines.Count} lines; expected 1 to {MaxLines}.";
        }

        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].AsSpan().ContainsAny(LineBreakers))
            {
                return $"Line {i + 1} of the reply holds CR, LF or NUL; expected one line of text an entry.";
            }

            var bytes = MailText.Encode(lines[i]).Length;
            if (bytes > MaxLineBytes)
            {
                return $"Line {i + 1} of the reply has {bytes} bytes; expected at most {MaxLineBytes}.";
            }
        }

        return null;
    }
}
