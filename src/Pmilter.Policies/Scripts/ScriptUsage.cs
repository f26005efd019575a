using Pmilter.Policies.Binding;
using Pmilter.Policies.Mail;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Scripts;

/// <summary>A script may read whatever is known by its phase, so all of it is asked for; the body only where the script gets chunks of it.</summary>
internal static class ScriptUsage
{
    public static void Add(ExpressionUsage usage, Phase phase)
    {
        usage.Events |= MilterEvents.Connect | MilterEvents.Helo;
        usage.CountsHeaders = true;
        if (phase is >= Phase.Mail and <= Phase.Eom or Phase.Abort)
        {
            usage.Events |= MilterEvents.Mail;
        }

        if (phase is >= Phase.Rcpt and <= Phase.Eom or Phase.Abort)
        {
            usage.Events |= MilterEvents.Rcpt;
        }

        if (phase is >= Phase.Header and <= Phase.Eom)
        {
            usage.Events |= MilterEvents.Header;
            usage.EveryHeader.Add("*");
        }
    }
}
