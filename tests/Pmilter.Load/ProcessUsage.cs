using System.Diagnostics;

namespace Pmilter.Load;

/// <summary>What a process has used so far.</summary>
internal readonly record struct ProcessUsage(TimeSpan Cpu, long ResidentBytes)
{
    /// <summary>Zero for process 0.</summary>
    public static ProcessUsage Read(int processId)
    {
        if (processId == 0)
        {
            return default;
        }

        using var process = Process.GetProcessById(processId);
        return new ProcessUsage(process.TotalProcessorTime, process.WorkingSet64);
    }
}
