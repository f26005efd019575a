namespace Pmilter.Commands;

/// <summary>Who types, for the audit log: the person behind sudo, else the user.</summary>
internal static class OperatorName
{
    public static string Current => Environment.GetEnvironmentVariable("SUDO_USER") is { Length: > 0 } person ? person : Environment.UserName;

    /// <summary><c>&amp;user=alice</c></summary>
    public static string Query => $"&{Admin.RequestPeer.UserKey}={Uri.EscapeDataString(Current)}";
}
