namespace Pmilter.Tests.Peers;

/// <summary>Needs Debian's libmilter-dev and gcc; skipped where they are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LibmilterFactAttribute : FactAttribute
{
    public LibmilterFactAttribute()
    {
        if (!File.Exists("/usr/include/libmilter/mfapi.h") || !File.Exists("/usr/bin/gcc"))
        {
            Skip = "libmilter-dev or gcc is missing";
        }
    }
}
