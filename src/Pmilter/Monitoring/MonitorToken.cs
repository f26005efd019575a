using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Pmilter.Server;

namespace Pmilter.Monitoring;

/// <summary>What a request must bring as <c>Authorization: Bearer …</c>; compared in a time that does not tell how much of it is right.</summary>
internal sealed class MonitorToken
{
    private const int LeastLength = 16;
    private const string Scheme = "Bearer ";

    private readonly byte[]? _digest;

    private MonitorToken(byte[]? digest) => _digest = digest;

    /// <param name="path">Empty: none is asked for.</param>
    /// <exception cref="ServerStartException">The file cannot be read, or is too short to keep anybody out.</exception>
    public static MonitorToken Open(string path)
    {
        if (path.Length == 0)
        {
            return new MonitorToken(null);
        }

        try
        {
            var token = File.ReadAllText(path).Trim();
            return token.Length >= LeastLength
                ? new MonitorToken(Digest(token))
                : throw new ServerStartException($"admin.token_file {path} has {token.Length} characters, expected at least {LeastLength}: write one with 'openssl rand -hex 32'.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"Cannot read admin.token_file {path}: {error.Message}", error);
        }
    }

    public bool Admits(HttpRequest request)
    {
        if (_digest is null)
        {
            return true;
        }

        var given = request.Headers.Authorization.ToString();
        return given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && CryptographicOperations.FixedTimeEquals(_digest, Digest(given[Scheme.Length..].Trim()));
    }

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
