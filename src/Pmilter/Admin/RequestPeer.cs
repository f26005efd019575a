using System.Globalization;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Pmilter.TakeOver;

namespace Pmilter.Admin;

/// <summary>Who asks through the admin socket: the name that the command gives, and the uid that the kernel knows.</summary>
internal static class RequestPeer
{
    /// <summary>The key of the name in a request.</summary>
    public const string UserKey = "user";

    private const int LongestName = 60;

    /// <summary><c>alice (uid 0)</c>; <c>unknown</c> where nothing is known.</summary>
    public static string Of(HttpContext context)
    {
        var given = new string([.. context.Request.Query[UserKey].ToString().Where(c => !char.IsControl(c)).Take(LongestName)]);
        var uid = PeerCredentials.Of(context.Features.Get<IConnectionSocketFeature>()?.Socket)?.User;
        return (given, uid) switch
        {
            ("", null) => "unknown",
            ("", { } known) => string.Create(CultureInfo.InvariantCulture, $"uid {known}"),
            (_, null) => given,
            (_, { } known) => string.Create(CultureInfo.InvariantCulture, $"{given} (uid {known})"),
        };
    }
}
