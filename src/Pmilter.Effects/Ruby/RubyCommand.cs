using System.Diagnostics;
using System.Globalization;

namespace Pmilter.Effects.Ruby;

/// <summary>
/// The command line of a worker: in a session and process group of its own (setsid), with limits (prlimit), without the right to gain
/// rights, and gone when the server is (setpriv). These come with util-linux; where one is missing the worker runs without what it gives.
/// </summary>
internal sealed class RubyCommand
{
    private const int MostFiles = 64;
    private const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static readonly Dictionary<string, string[]> Programs = new(StringComparer.Ordinal)
    {
        ["ruby"] = ["ruby"],
        ["ironruby"] = ["ironruby", "ir"],
        ["jruby"] = ["jruby"],
    };

    private readonly List<string> _words = [];

    /// <exception cref="RubyEngineException">There is no such program.</exception>
    public RubyCommand(RubyOptions options)
    {
        var program = Find(options);
        if (Which("setsid") is { } setsid)
        {
            _words.Add(setsid);
            HasGroup = true;
        }

        if (Which("prlimit") is { } prlimit)
        {
            _words.AddRange([prlimit, string.Create(CultureInfo.InvariantCulture, $"--data={options.MemoryBytes}"), $"--nofile={MostFiles}", "--core=0", "--"]);
        }

        if (Which("setpriv") is { } setpriv)
        {
            _words.AddRange([setpriv, "--no-new-privs", "--pdeathsig", "KILL"]);
            if (options.User.Length > 0)
            {
                _words.AddRange(["--reuid", options.User, "--regid", options.User, "--init-groups"]);
            }

            _words.Add("--");
        }
        else if (options.User.Length > 0)
        {
            throw new RubyEngineException($"ruby.user: {options.User} needs setpriv; install it (Debian: apt-get install util-linux).");
        }

        _words.Add(program);
        if (options.Engine == "ruby" && !options.HasGems)
        {
            _words.Add("--disable-gems");
        }

        string[] needed = ["setsid", "prlimit", "setpriv"];
        Missing = [.. needed.Where(tool => Which(tool) is null)];
    }

    /// <summary>Whether killing the group kills what a script has started.</summary>
    public bool HasGroup { get; }

    /// <summary>Tools that are not there.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <param name="script">The worker's text.</param>
    /// <param name="isBare">Without the class Pmilter.</param>
    public ProcessStartInfo Start(string script, bool isBare)
    {
        var start = new ProcessStartInfo(_words[0], [.. _words.Skip(1), "-e", script, .. isBare ? ["bare"] : Array.Empty<string>()])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        start.Environment["PATH"] = SearchPath;
        start.Environment["LANG"] = "C.UTF-8";
        return start;
    }

    private static string Find(RubyOptions options)
    {
        if (options.Command.Length > 0)
        {
            return Which(options.Command) ?? throw new RubyEngineException($"ruby.command: there is no program '{options.Command}'.");
        }

        var programs = Programs.GetValueOrDefault(options.Engine) ?? [options.Engine];
        return programs.Select(Which).FirstOrDefault(path => path is not null) ?? throw new RubyEngineException(
            options.Engine == "ruby"
                ? "no 'ruby' found; install it (Debian: apt-get install ruby) or set ruby.command."
                : $"no '{string.Join("' or '", programs)}' found; install it or set ruby.command.");
    }

    private static string? Which(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return File.Exists(program) ? program : null;
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? SearchPath).Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
    }
}
