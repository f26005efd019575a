using System.Security.Cryptography;
using System.Text;
using Pmilter.Server;

namespace Pmilter.Web;

/// <summary>Who has it may open the page. It is no token for metrics, so that what collects metrics cannot lift bans.</summary>
internal sealed class PageToken
{
    private const int Bytes = 32;
    private const int LeastLength = 16;

    private readonly byte[] _digest;

    private PageToken(string text)
    {
        Text = text;
        _digest = SHA256.HashData(Encoding.UTF8.GetBytes(text));
    }

    public string Text { get; }

    /// <summary>A key that only who has the token can make.</summary>
    public byte[] Key(string purpose) => HMACSHA256.HashData(_digest, Encoding.UTF8.GetBytes(purpose));

    /// <summary>From the file; it is made where there is none, readable by the server's user alone.</summary>
    /// <param name="path">Empty: a token that nobody keeps.</param>
    /// <exception cref="ServerStartException">The file can be neither read nor written, or is too short to keep anybody out.</exception>
    public static PageToken Open(string path)
    {
        if (path.Length == 0)
        {
            return new PageToken(Create());
        }

        try
        {
            if (!File.Exists(path))
            {
                Write(path);
            }

            var token = File.ReadAllText(path).Trim();
            return token.Length >= LeastLength
                ? new PageToken(token)
                : throw new ServerStartException($"The page's token {path} has {token.Length} characters, expected at least {LeastLength}: remove the file, and the next start makes a new one.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"The page's token {path} can be neither read nor made: {error.Message}", error);
        }
    }

    /// <summary>In a time that does not tell how much of it is right.</summary>
    public bool Is(string given) => CryptographicOperations.FixedTimeEquals(_digest, SHA256.HashData(Encoding.UTF8.GetBytes(given.Trim())));

    private static string Create() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));

    private static void Write(string path)
    {
        PrivateFolder.Create(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new StreamWriter(path, options);
        file.Write(Create() + "\n");
    }
}
