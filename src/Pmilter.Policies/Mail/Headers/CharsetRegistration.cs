using System.Runtime.CompilerServices;
using System.Text;

namespace Pmilter.Policies.Mail.Headers;

/// <summary>MimeKit looks for charsets once, at its first use, wherever that is: ISO-2022-JP and its like must be known by then.</summary>
internal static class CharsetRegistration
{
#pragma warning disable CA2255 // Whoever uses this library uses MimeKit through it; nothing else could be certain to come first.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Run() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
}
