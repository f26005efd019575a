using Microsoft.Extensions.Logging;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Files;
using Pmilter.Policies.Text;

namespace Pmilter.Server.Lists;

/// <summary>
/// Lists reload alone: a file that changed is read aside, in a thread of its own, once it has looked the same at two looks in a row, and
/// its content exchanged. What is not good keeps what was, and is told once.
/// </summary>
internal sealed partial class ListWatch(PolicyHost policies, ListShelf shelf, TimeProvider time, ILogger<ListWatch> logger)
{
    /// <summary>Lists of the server itself, beside the policies'.</summary>
    public IReadOnlyList<FileList> Own { get; init; } = [];

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly Dictionary<FileList, ListStamp> _looks = [];
    private readonly Dictionary<(string Path, ListType Type), string> _told = [];
    private bool _areCopiesFailing;

    /// <summary>Held by whoever reads lists or exchanges the set: neither sees half of the other's work.</summary>
    public Lock Gate { get; } = new();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            await AsideAsync(SaveAll).ConfigureAwait(false);
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                await AsideAsync(Check).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    /// <summary>One look at every file.</summary>
    public void Check()
    {
        lock (Gate)
        {
            IReadOnlyList<FileList> lists = [.. policies.Current.Lists, .. Own];
            foreach (var gone in _looks.Keys.Except(lists).ToArray())
            {
                _looks.Remove(gone);
            }

            foreach (var list in lists)
            {
                Check(list);
            }
        }
    }

    /// <summary>Tells of a list that a start or a reload kept, in the words of a change.</summary>
    public void Tell(KeptList kept) => Tell(kept.List, kept.Problems, kept.IsFromCopy);

    /// <summary>The lists of a set that was just put in force are laid aside.</summary>
    public void SaveAll()
    {
        lock (Gate)
        {
            foreach (var list in policies.Current.Lists)
            {
                Save(list);
            }
        }
    }

    /// <summary>A million lines keep a thread busy for a second: not one that serves mail.</summary>
    private static Task AsideAsync(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Check(FileList list)
    {
        var files = new PolicyFiles(new DiagnosticBag());
        var file = files.Find(list.Definition.PolicyPath, list.Definition.Path.Value);
        var isStill = _looks.TryGetValue(list, out var before) && before == file.Stamp;
        _looks[list] = file.Stamp;
        var now = time.GetUtcNow();
        var hasExpired = list.Current.ExpiresNext <= now;
        if (!isStill || (list.Seen == file.Stamp && !hasExpired))
        {
            return;
        }

        var started = time.GetTimestamp();
        var refresh = list.Refresh(files, shelf.Extend(new ListReading { Now = now }));
        if (!refresh.IsReplaced)
        {
            Tell(list, refresh.Problems, isFromCopy: false);
            return;
        }

        shelf.Take(list);
        _told.Remove((list.Current.Path, list.Type));
        Log.Replaced(
            logger, list.Definition.Name.Value, list.Current.Path, list.Count, refresh.Before.Content.Count, (long)time.GetElapsedTime(started).TotalMilliseconds);
        foreach (var warning in list.Current.Diagnostics)
        {
            Log.Warned(logger, warning.Span.FileAndLine, warning.Id, warning.Message);
        }

        Save(list);
    }

    private void Tell(FileList list, IReadOnlyList<Diagnostic> problems, bool isFromCopy)
    {
        var reasons = string.Join("; ", problems.Where(problem => problem.Severity == DiagnosticSeverity.Error).Select(problem => $"{problem.Span.FileAndLine}: {problem.Id}: {problem.Message}"));
        var key = (list.Current.Path, list.Type);
        if (_told.GetValueOrDefault(key) == reasons)
        {
            return;
        }

        _told[key] = reasons;
        if (isFromCopy)
        {
            Log.KeptCopy(logger, list.Definition.Name.Value, list.Current.Path, reasons, list.Count);
        }
        else
        {
            Log.Kept(logger, list.Definition.Name.Value, list.Current.Path, reasons, list.Count);
        }
    }

    /// <summary>Only what its file holds: a copy of an earlier run is there already.</summary>
    private void Save(FileList list)
    {
        if (shelf.Copies is not { } copies || list.Current.Stamp == default || list.Current.Stamp != list.Seen)
        {
            return;
        }

        try
        {
            copies.Save(list.Current, list.Type);
            _areCopiesFailing = false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (!_areCopiesFailing)
            {
                _areCopiesFailing = true;
                Log.NotCopied(logger, copies.Folder, error.Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(410, LogLevel.Information, "The list {List}, {Path}, is exchanged: {Entries} entries, {Before} before; read in {Milliseconds} ms")]
        public static partial void Replaced(ILogger logger, string list, string path, int entries, int before, long milliseconds);

        [LoggerMessage(411, LogLevel.Error, "The list {List}, {Path}, is not exchanged: {Reasons}; the {Entries} entries read before stay in force")]
        public static partial void Kept(ILogger logger, string list, string path, string reasons, int entries);

        [LoggerMessage(412, LogLevel.Error, "The list {List}, {Path}, is not good: {Reasons}; a copy of {Entries} entries, of when it was, is in force")]
        public static partial void KeptCopy(ILogger logger, string list, string path, string reasons, int entries);

        [LoggerMessage(413, LogLevel.Warning, "Lists cannot be copied to {Folder}: {Reason}; if this process ends, a list file that is broken then has no copy to go on with")]
        public static partial void NotCopied(ILogger logger, string folder, string reason);

        [LoggerMessage(414, LogLevel.Warning, "{Place}: {Id}: {Text}")]
        public static partial void Warned(ILogger logger, string place, string id, string text);
    }
}
