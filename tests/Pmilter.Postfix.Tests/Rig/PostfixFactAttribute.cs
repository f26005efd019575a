using Pmilter.TestKit.Dns;

namespace Pmilter.Postfix.Tests.Rig;

/// <summary>Runs where a private Postfix can be run: it is installed, and we are root (its master insists).</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostfixFactAttribute : FactAttribute
{
    public PostfixFactAttribute()
    {
        if (!File.Exists(PostfixInstance.MasterPath))
        {
            Skip = "postfix is not installed (apt-get install postfix)";
        }
        else if (!Environment.IsPrivilegedProcess)
        {
            Skip = "a private Postfix needs root";
        }
    }

    /// <summary>A real resolver answers.</summary>
    public bool NeedsUnbound
    {
        get;
        init
        {
            field = value;
            Skip ??= value && UnboundServer.Program is null ? "unbound is not installed (apt-get install unbound)" : null;
        }
    }
}
