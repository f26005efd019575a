using System.Globalization;

namespace Pmilter.Postfix.Tests.Rig;

/// <summary>A folder of one test run, below a parent that Postfix's own user may pass through; removed at the end.</summary>
internal sealed class TestFolder : IDisposable
{
    private static int _last;

    public TestFolder(string name)
    {
        Path = string.Create(CultureInfo.InvariantCulture, $"/tmp/pmilter-{name}-{Environment.ProcessId}-{Interlocked.Increment(ref _last)}");
        Directory.CreateDirectory(Path);
        File.SetUnixFileMode(Path, (UnixFileMode)0x1ED); // 0755
    }


    public string Path { get; }

    public string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
