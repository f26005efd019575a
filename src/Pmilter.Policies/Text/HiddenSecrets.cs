namespace Pmilter.Policies.Text;

/// <summary>A line of a file that is shown in a terminal or a log, without the password that an address in it carries.</summary>
internal static class HiddenSecrets
{
    private const string Name = "password=";

    /// <summary>As long as before, so that carets stay in their place.</summary>
    public static string In(string line)
    {
        var at = line.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return line;
        }

        var shown = line.ToCharArray();
        for (; at >= 0; at = line.IndexOf(Name, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            for (var i = at + Name.Length; i < shown.Length && shown[i] is not (',' or '\'' or '"' or ' ' or '}'); i++)
            {
                shown[i] = '*';
            }
        }

        return new string(shown);
    }
}
