using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pmilter.Web;

/// <summary>
/// What a browser keeps in the place of the token: a name, a day, and a seal that only this server can make. It outlasts a restart, and ends
/// with the token. Cookies do not know ports: the token itself must not be one.
/// </summary>
internal sealed class PageCookie(PageToken token, TimeProvider time)
{
    public static readonly TimeSpan Life = TimeSpan.FromDays(7);

    private const int LongestName = 60;
    private const string Nobody = "somebody";

    private readonly byte[] _key = token.Key("pmilter page cookie 1");

    /// <summary>For the person who calls themselves so.</summary>
    public string Seal(string name)
    {
        var clean = new string([.. name.Where(c => !char.IsControl(c)).Take(LongestName)]).Trim();
        var content = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(clean.Length == 0 ? Nobody : clean))}.{(time.GetUtcNow() + Life).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}";
        return $"{content}.{SealOf(content)}";
    }

    /// <summary>The name; null where the seal is not ours or it is too old.</summary>
    public string? NameOf(string? cookie)
    {
        if (cookie?.Split('.') is not [var name, var until, var seal]
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(SealOf($"{name}.{until}")), Encoding.UTF8.GetBytes(seal))
            || !long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds < time.GetUtcNow().ToUnixTimeSeconds())
        {
            return null;
        }

        return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(name));
    }

    private string SealOf(string content) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(content)));
}
