using System.Text;

namespace Pmilter.Fuzz.Inputs;

/// <summary>What real MTAs said and real policies say, copied beside the program.</summary>
internal static class Seeds
{
    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "Seeds");

    private static readonly Lazy<byte[][][]> Sessions = new(ReadSessions);

    private static readonly Lazy<string[]> Texts = new(() => [.. Files("Policies", "*.yaml").Select(path => File.ReadAllText(path, Encoding.UTF8))]);

    /// <summary>Each recorded session as the packets that the MTA sent.</summary>
    public static IReadOnlyList<byte[][]> MtaPackets => Sessions.Value;

    public static IReadOnlyList<string> Policies => Texts.Value;

    private static byte[][][] ReadSessions() => [.. Files("Traces", "*.trace").Select(path =>
        (byte[][])[.. File.ReadLines(path).Where(line => line.Length > 2 && line[0] == '>').Select(line => Convert.FromHexString(line[2..]))])];

    private static IEnumerable<string> Files(string folder, string pattern)
    {
        var files = Directory.GetFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories);
        return files.Length > 0 ? files.Order(StringComparer.Ordinal) : throw new FileNotFoundException($"no {pattern} in {Path.Combine(Root, folder)}; expected the copied seeds");
    }
}
