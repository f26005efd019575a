using System.Text;
using Pmilter.Protocol.Transports;

namespace Pmilter.Doctor;

/// <summary>A milter as <c>smtpd_milters</c> names it: <c>inet:host:port</c>, or <c>{ inet:host:port, default_action=accept }</c>.</summary>
/// <param name="Address">Null when it is none that Postfix could use.</param>
/// <param name="Options">Of this milter alone.</param>
internal sealed record MilterReference(string Written, MilterAddress? Address, IReadOnlyDictionary<string, string> Options)
{
    public static IReadOnlyList<MilterReference> List(string parameter) => [.. Split(parameter).Select(Read)];

    private static MilterReference Read(string written)
    {
        string[] parts = [.. written.Trim('{', '}', ' ').Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)];
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in parts.Skip(1))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                options[part[..equals]] = part[(equals + 1)..];
            }
        }

        var address = parts.Length > 0 && MilterAddress.TryParse(parts[0], out var read, out _) ? read : null;
        return new MilterReference(parts.Length > 0 ? parts[0] : written, address, options);
    }

    /// <summary>At commas and blanks, but not within braces.</summary>
    private static IEnumerable<string> Split(string parameter)
    {
        var part = new StringBuilder();
        var depth = 0;
        foreach (var c in parameter)
        {
            depth += c switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth > 0 || !(c == ',' || char.IsWhiteSpace(c)))
            {
                part.Append(c);
                continue;
            }

            if (part.Length > 0)
            {
                yield return part.ToString();
                part.Clear();
            }
        }

        if (part.Length > 0)
        {
            yield return part.ToString();
        }
    }
}
