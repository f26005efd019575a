using System.Security.Cryptography;
using System.Text;

namespace Pmilter.Server;

/// <summary>
/// Addresses and subjects in the decision log, as they are or hashed (<c>log.hash</c>): the same text gives the same 16 digits on this
/// server, so that they can be found and counted, and nobody without its key can tell whose they are. Domains stay.
/// </summary>
/// <param name="key">Null: nothing is hashed.</param>
internal sealed class PersonalText(byte[]? key)
{
    private const int DigestBytes = 8;
    private const int KeyBytes = 32;

    /// <summary>Fields that name a person or quote what one wrote.</summary>
    private static readonly HashSet<string> Fields = new(StringComparer.Ordinal)
    {
        "mail_from", "mail_from_user", "mail_from_base", "rcpt_to", "rcpt_to_user", "rcpt_to_base", "sasl_login", "sasl_author", "header_from",
        "header_from_name", "attachment_names", "header_to", "reply_to", "subject", "message_id", "header_value", "header_raw", "tls_subject", "rcpt_error",
    };

    /// <summary>With the key in the file; it is made where there is none, readable by the server's user alone.</summary>
    /// <param name="path">Empty: nothing is hashed.</param>
    /// <exception cref="ServerStartException">It can be neither read nor written.</exception>
    public static PersonalText Open(string path)
    {
        if (path.Length == 0)
        {
            return new PersonalText(null);
        }

        try
        {
            PrivateFolder.Create(Path.GetDirectoryName(Path.GetFullPath(path))!);
            if (!File.Exists(path))
            {
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
                if (!OperatingSystem.IsWindows())
                {
                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                }

                using var file = new FileStream(path, options);
                file.Write(RandomNumberGenerator.GetBytes(KeyBytes));
            }

            var key = File.ReadAllBytes(path);
            return key.Length == KeyBytes
                ? new PersonalText(key)
                : throw new ServerStartException($"{path} has {key.Length} bytes, a key has {KeyBytes}; remove it to make a new one (older lines then cannot be found any more).");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"log.hash needs a key, and it cannot be kept: {error.Message}", error);
        }
    }

    public string Of(string field, string text) => key is null || text.Length == 0 || !Fields.Contains(field) ? text : Hashed(text);

    /// <summary>A file's name; its extension stays, since rules ask for it.</summary>
    public string OfFile(string name)
    {
        var dot = name.LastIndexOf('.');
        return key is null || name.Length == 0 ? name : dot > 0 ? Hashed(name[..dot]) + name[dot..] : Hashed(name);
    }

    /// <summary>Parts of counters' keys: what looks like an address is one.</summary>
    public string OfKey(string part) => key is null || !part.Contains('@', StringComparison.Ordinal) ? part : Hashed(part);

    private string Hashed(string text)
    {
        var at = text.LastIndexOf('@');
        var local = at > 0 && !text.Contains(' ', StringComparison.Ordinal) ? text[..at] : text;
        var digest = HMACSHA256.HashData(key!, Encoding.UTF8.GetBytes(local.ToLowerInvariant()));
        return $"h:{Convert.ToHexStringLower(digest[..DigestBytes])}{text[local.Length..]}";
    }
}
