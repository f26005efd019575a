using System.Globalization;

namespace Pmilter.Load;

/// <summary>What a load measured. Times are sorted, in milliseconds.</summary>
internal sealed record LoadResult(
    LoadOptions Options,
    TimeSpan Elapsed,
    double[] Milliseconds,
    IReadOnlyDictionary<string, int> Verdicts,
    IReadOnlyDictionary<string, int> Errors,
    IReadOnlyList<PhaseTimes> Phases,
    TimeSpan Cpu,
    long ResidentBytes)
{
    public static string Header => string.Create(
        CultureInfo.InvariantCulture,
        $"{"conn",5} {"msg/s",9} {"p50 ms",8} {"p95 ms",8} {"p99 ms",8} {"CPU s/1000",11} {"RSS MB",7}  verdicts");

    /// <summary>CPU seconds of the filter for a thousand messages; 0 where its process is not known.</summary>
    public double CpuPerThousand => Cpu.TotalSeconds * 1000 / Math.Max(1, Milliseconds.Length);

    public double Rate => Milliseconds.Length / Elapsed.TotalSeconds;

    public override string ToString()
    {
        var verdicts = string.Join(", ", Verdicts.OrderByDescending(v => v.Value).Take(3).Select(v => $"{v.Value} {v.Key}"));
        var errors = string.Concat(Errors.Select(e => $"\n      error {e.Value} times: {e.Key}"));
        var cpu = Options.ProcessId == 0 ? "-" : CpuPerThousand.ToString("0.000", CultureInfo.InvariantCulture);
        var memory = Options.ProcessId == 0 ? "-" : (ResidentBytes / 1048576.0).ToString("0.0", CultureInfo.InvariantCulture);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Options.Connections,5} {Rate,9:0} {At(0.50),8:0.000} {At(0.95),8:0.000} {At(0.99),8:0.000} {cpu,11} {memory,7}  {verdicts}{errors}{string.Concat(Phases)}");
    }

    /// <summary>A percentile of the times, in milliseconds.</summary>
    public double At(double share) => Shares.At(Milliseconds, share);
}
