using System.Text;

namespace Pmilter.Policies.Mail.Headers;

/// <summary>The charsets that mail is written in. Bytes that a charset does not have become U+FFFD.</summary>
internal static class Charsets
{
    /// <summary>Null when the name is unknown. utf-7 is: nothing honest is written in it any more.</summary>
    public static Encoding? Find(string name)
    {
        if (name.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || name.Equals("utf8", StringComparison.OrdinalIgnoreCase)
            || name.Equals("us-ascii", StringComparison.OrdinalIgnoreCase))
        {
            return Encoding.UTF8;
        }

        if (name.Equals("iso-8859-1", StringComparison.OrdinalIgnoreCase) || name.Equals("latin1", StringComparison.OrdinalIgnoreCase))
        {
            return Encoding.Latin1;
        }

        // The only ones that neither the code pages have nor stand above; mail programs read them.
        if (name.StartsWith("utf-16", StringComparison.OrdinalIgnoreCase))
        {
            return name.EndsWith("be", StringComparison.OrdinalIgnoreCase) ? Encoding.BigEndianUnicode : Encoding.Unicode;
        }

        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
