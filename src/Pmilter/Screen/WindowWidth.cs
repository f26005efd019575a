using System.Runtime.InteropServices;

namespace Pmilter.Screen;

/// <summary>The columns of a terminal: of the output or of the error stream, where <see cref="Console.WindowWidth"/> asks one alone.</summary>
internal static partial class WindowWidth
{
    private const nuint GetWindowSize = 0x5413;

    /// <summary>Of the output, else of the error stream; 0 when neither says.</summary>
    public static int OfProcess()
    {
        if (!OperatingSystem.IsLinux())
        {
            return Console.IsOutputRedirected ? 0 : Console.WindowWidth;
        }

        for (var stream = 1; stream <= 2; stream++)
        {
            if (Control(stream, GetWindowSize, out var size) == 0 && size.Columns > 0)
            {
                return size.Columns;
            }
        }

        return 0;
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(int handle, nuint request, out WindowSize size);

    /// <summary><c>struct winsize</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct WindowSize
    {
        public readonly ushort Rows;
        public readonly ushort Columns;
        public readonly ushort PixelWidth;
        public readonly ushort PixelHeight;
    }
}
