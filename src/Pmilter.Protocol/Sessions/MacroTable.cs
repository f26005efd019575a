namespace Pmilter.Protocol.Sessions;

/// <summary>
/// The macros that the MTA has sent, by stage. Later stages are looked up first; CONNECT and HELO macros live as long as the
/// connection, the others as long as the message (smfi_getsymval). <c>i</c> and <c>{i}</c> are one name.
/// </summary>
public sealed class MacroTable
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>The value of a macro, with or without braces; null when the MTA has not sent it.</summary>
    public string? this[string name] => _values.GetValueOrDefault(name.Trim('{', '}'));

    /// <summary>A table with these macros in force, whatever their stage.</summary>
    public static MacroTable Of(IReadOnlyDictionary<string, string> macros)
    {
        var table = new MacroTable();
        foreach (var (name, value) in macros)
        {
            table._values[name.Trim('{', '}')] = value;
        }

        return table;
    }
}
