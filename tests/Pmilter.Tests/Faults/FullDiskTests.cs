using System.Diagnostics;
using Pmilter.Effects.Counters;
using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Protocol.Replies;
using Pmilter.Tests.Server.State;

namespace Pmilter.Tests.Faults;

/// <summary>State and decision log on a disk of their own that fills up and gets room again.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private const string Counting = """
        policy: counting
        counters:
          by_sender: { phase: mail, count: messages, key: [mail_from], window: 1h }
        rules:
          - { id: many, phase: mail, limit: { counter: by_sender, max: 1000000 }, then: [ tempfail: '4.7.1 many' ] }
        """;

    private readonly string _root = Directory.CreateTempSubdirectory("pmilter-disk-").FullName;

    private string Disk => Path.Combine(_root, "disk");

    private string Snapshot => Path.Combine(Disk, "state", "state.snapshot");

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(_root, "policies"));
        Directory.CreateDirectory(Disk);
        await File.WriteAllTextAsync(Path.Combine(_root, "policies", "10.yaml"), Counting);
    }

    public async Task DisposeAsync()
    {
        await RunAsync("umount", "-l", Disk);
        Directory.Delete(_root, recursive: true);
    }

    [MountFact]
    public async Task Disk_ThatFillsUp_CostsNoMail_AndWhatWasCountedIsSavedWhenThereIsRoom()
    {
        Assert.Equal(0, await RunAsync("mount", "-t", "tmpfs", "-o", "size=512k,mode=0755", "tmpfs", Disk));
        await using (var server = await FaultProcess.StartAsync(FaultProcess.Server
            + $"policies: {{ dir: '{_root}/policies' }}\nstate: {{ dir: '{Disk}/state', snapshot_every: 1s }}\nlog: {{ decisions: '{Disk}/decisions.jsonl' }}\n"))
        {
            Fill();
            Assert.Equal(VerdictKind.Continue, await server.SendAsync());
            await PmilterChild.UntilAsync(() => server.Process.Errors.Contains("State cannot be saved", StringComparison.Ordinal), () => server.Process.Errors);
            Assert.Equal(VerdictKind.Continue, await server.SendAsync());

            File.Delete(Path.Combine(Disk, "fill"));
            await PmilterChild.UntilAsync(() => server.Process.Errors.Contains("is saved in", StringComparison.Ordinal), () => server.Process.Errors);
            Assert.Equal(VerdictKind.Continue, await server.SendAsync());
            Assert.Single(server.Process.Errors.Split('\n'), line => line.Contains("State cannot be saved", StringComparison.Ordinal));
            server.Process.Signal("TERM");
            Assert.Equal(0, await server.Process.EndAsync());
        }

        var state = new MemoryStateStore();
        await using var file = File.OpenRead(Snapshot);
        StateSnapshot.Read(file, state, DateTimeOffset.UtcNow);
        var found = await new MemoryStateView(state).FindAsync("counting/by_sender", "a@b.example", DateTimeOffset.UtcNow, CancellationToken.None);
        Assert.Equal(3, found?.Value);
    }

    /// <summary>To the last byte.</summary>
    private void Fill()
    {
        using var fill = new FileStream(Path.Combine(Disk, "fill"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                fill.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // No space is left.
        }
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    /// <summary>Needs the right to mount; skipped without.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class MountFactAttribute : FactAttribute
    {
        public MountFactAttribute()
        {
            if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || !CanMount())
            {
                Skip = "a file system can only be mounted by root";
            }
        }

        private static bool CanMount()
        {
            var folder = Directory.CreateTempSubdirectory("pmilter-mount-").FullName;
            try
            {
                return RunAsync("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder).GetAwaiter().GetResult() == 0
                    && RunAsync("umount", folder).GetAwaiter().GetResult() == 0;
            }
            finally
            {
                Directory.Delete(folder);
            }
        }
    }
}
