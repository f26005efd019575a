using System.Globalization;

namespace Pmilter.Postfix.Tests.Rig;

/// <summary>A private Postfix: own configuration, queue, data and port; the system's is never touched. Stopped by its process id.</summary>
internal sealed class PostfixInstance : IAsyncDisposable
{
    public const string MasterPath = "/usr/lib/postfix/sbin/master";

    private const UnixFileMode Searchable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly string _folder;

    private PostfixInstance(string folder, int port)
    {
        _folder = folder;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Starts one that asks <paramref name="milter"/> (as in <c>smtpd_milters</c>).</summary>
    public static async Task<PostfixInstance> StartAsync(string folder, string milter, int? port = null)
    {
        var instance = new PostfixInstance(folder, port ?? Ports.Free());
        await instance.WriteAsync(milter);
        var etc = $"{folder}/etc";

        // Makes the queue's directories; then the master by itself starts in milliseconds, where "postfix start" takes a second.
        await Tool.MustRunAsync("/usr/sbin/postfix", "-c", etc, "check");
        // The daemon keeps what it inherits open: a pipe of ours would never end.
        var (exitCode, output) = await Tool.RunAsync(
            "/bin/sh", ["-c", $"MAIL_CONFIG={etc} exec {MasterPath} -w </dev/null >/dev/null 2>&1"]);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"Postfix did not start ({exitCode}): {output}{instance.MailLog}");
        }

        return instance;
    }

    public string MailLog => File.Exists($"{_folder}/maillog") ? File.ReadAllText($"{_folder}/maillog") : string.Empty;

    /// <summary>The delivered message that contains the text, as it lies in the mailbox.</summary>
    public Task<string> DeliveredAsync(string containing) =>
        Wait.ForAsync(() => Find(containing), $"a delivered message with '{containing}'; the log says:\n{MailLog}");

    public bool IsDelivered(string containing) => Find(containing) is not null;

    /// <summary>Where main.cf is.</summary>
    public string Configuration => $"{_folder}/etc";

    /// <summary>Changes main.cf; the running daemons are not told.</summary>
    public Task SetAsync(params string[] settings) => Tool.MustRunAsync("/usr/sbin/postconf", ["-c", Configuration, "-e", .. settings]);

    /// <summary>How many messages lie in the mailbox.</summary>
    public int Delivered => Directory.Exists($"{_folder}/mail/inbox/new") ? Directory.EnumerateFiles($"{_folder}/mail/inbox/new").Count() : 0;

    /// <summary>The queue as JSON lines: a held message says <c>"queue_name": "hold"</c>.</summary>
    public Task<string> QueueAsync() => Tool.MustRunAsync("/usr/sbin/postqueue", "-c", $"{_folder}/etc", "-j");

    public async ValueTask DisposeAsync()
    {
        // Not by File: the master keeps the file locked, which .NET takes for somebody's exclusive use.
        var (_, text) = await Tool.RunAsync("/bin/cat", [$"{_folder}/spool/pid/master.pid"]);
        if (int.TryParse(text.Trim(), CultureInfo.InvariantCulture, out var pid))
        {
            // The way of "postfix stop", which would take a second longer: the master tells its children.
            await Tool.RunAsync("/bin/kill", ["-TERM", pid.ToString(CultureInfo.InvariantCulture)]);
            await Wait.ForAsync(() => HasEnded(pid) ? "yes" : null, "Postfix's end");
        }
    }

    private static bool HasEnded(int pid)
    {
        try
        {
            // A zombie whose parent reaps late has ended.
            return !File.Exists($"/proc/{pid}/stat") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }

    private string? Find(string containing)
    {
        var inbox = $"{_folder}/mail/inbox/new";
        return Directory.Exists(inbox)
            ? Directory.EnumerateFiles(inbox).Select(File.ReadAllText).FirstOrDefault(text => text.Contains(containing, StringComparison.Ordinal))
            : null;
    }

    private async Task WriteAsync(string milter)
    {
        foreach (var name in new[] { string.Empty, "etc", "spool", "data", "mail", "mail/inbox" })
        {
            Directory.CreateDirectory($"{_folder}/{name}");
            File.SetUnixFileMode($"{_folder}/{name}", Searchable);
        }

        await Tool.MustRunAsync("/bin/chown", "postfix", $"{_folder}/data");
        await Tool.MustRunAsync("/bin/chown", "-R", "nobody", $"{_folder}/mail");
        await File.WriteAllTextAsync($"{_folder}/etc/main.cf", PostfixConfiguration.MainCf(_folder, milter));
        await File.WriteAllTextAsync($"{_folder}/etc/master.cf", PostfixConfiguration.MasterCf(Port));

        // Postfix dozes until main.cf is two seconds old.
        var past = DateTime.UtcNow.AddMinutes(-1);
        File.SetLastWriteTimeUtc($"{_folder}/etc/main.cf", past);
        File.SetLastWriteTimeUtc($"{_folder}/etc/master.cf", past);
    }
}
