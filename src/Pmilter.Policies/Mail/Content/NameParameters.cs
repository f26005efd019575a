using Pmilter.Policies.Mail.Headers;

namespace Pmilter.Policies.Mail.Content;

/// <summary>
/// File names in a header that a strict reader does not see: behind something malformed, or given twice. Mail programs differ in what
/// they take, so every <c>name=</c> and <c>filename=</c> counts.
/// </summary>
internal static class NameParameters
{
    public static void Read(string header, Action<string> found)
    {
        for (var at = Next(header, 0); at >= 0; at = Next(header, at))
        {
            at += "name".Length;
            var start = at;
            while (start < header.Length && header[start] is ' ' or '\t')
            {
                start++;
            }

            if (start >= header.Length || header[start] != '=')
            {
                continue;
            }

            var value = ValueAt(header, start + 1);
            if (value.Length > 0)
            {
                found(EncodedWords.Decode(value));
            }
        }
    }

    private static int Next(string header, int from) => header.IndexOf("name", from, StringComparison.OrdinalIgnoreCase);

    private static string ValueAt(string header, int start)
    {
        while (start < header.Length && header[start] is ' ' or '\t')
        {
            start++;
        }

        if (start < header.Length && header[start] is '"' or '\'')
        {
            var close = header.IndexOf(header[start], start + 1);
            return close > start ? header[(start + 1)..close] : header[(start + 1)..].Trim();
        }

        var end = header.IndexOf(';', start);
        return (end < 0 ? header[start..] : header[start..end]).Trim();
    }
}
