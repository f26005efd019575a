using System.Globalization;

namespace Pmilter.Policies.Mail;

/// <summary>The parameters of MAIL: <c>SIZE=1000</c>, <c>SMTPUTF8</c>.</summary>
public sealed class EsmtpParameters
{
    private readonly string[] _parameters;

    private EsmtpParameters(string[] parameters) => _parameters = parameters;

    public static EsmtpParameters Empty { get; } = new([]);

    public double DeclaredSize => double.TryParse(Find("SIZE"), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0;

    public bool IsSmtpUtf8 => !Find("SMTPUTF8").IsEmpty;

    /// <summary>The value of a parameter; its own name where it has none; empty when it was not given.</summary>
    public string this[string name] => Find(name).ToString();

    /// <param name="arguments">NUL-separated, as sent.</param>
    /// <param name="rest">Parameters that came inside argv[0], separated by spaces.</param>
    public static EsmtpParameters Read(string arguments, string rest)
    {
        if (arguments.Length == 0 && rest.Length == 0)
        {
            return Empty;
        }

        return new EsmtpParameters([
            .. arguments.Split('\0', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            .. rest.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)]);
    }

    private ReadOnlySpan<char> Find(string name)
    {
        foreach (var parameter in _parameters)
        {
            if (!parameter.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (parameter.Length == name.Length)
            {
                return parameter;
            }

            if (parameter[name.Length] == '=')
            {
                return parameter.AsSpan(name.Length + 1);
            }
        }

        return [];
    }
}
