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

    /// <summary>
    /// <c>alice (uid 0)</c>: root is believed who is behind sudo. Anybody else is who the kernel says, <c>bob (uid 1001)</c>, and what they
    /// call themselves stands beside it where it differs. <c>unknown</c> where nothing is known.
    /// </summary>
    public static string Of(HttpContext context)
    {
        var given = new string([.. context.Request.Query[UserKey].ToString().Where(c => !char.IsControl(c)).Take(LongestName)]);
        if (PeerCredentials.Of(context.Features.Get<IConnectionSocketFeature>()?.Socket)?.User is not { } uid)
        {
            return given.Length > 0 ? given : "unknown";
        }

        var known = UserName.Of(uid);
        var isGiven = given.Length > 0 && (uid == 0 || known.Length == 0);
        var name = isGiven ? given : known;
        var number = string.Create(CultureInfo.InvariantCulture, $"uid {uid}");
        return name.Length == 0 ? number : $"{name} ({number}){(isGiven || given.Length == 0 || given == known ? string.Empty : $" as '{given}'")}";
    }
}
