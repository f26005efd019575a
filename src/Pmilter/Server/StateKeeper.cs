using Microsoft.Extensions.Logging;
using Pmilter.Effects.Counters;
using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Policies.State;

namespace Pmilter.Server;

/// <summary>
/// Lets state outlast the process: loaded before mail comes, saved from time to time and at the end. Nothing at all without a folder.
/// A disk that fails costs what would have been saved, and never mail.
/// </summary>
internal sealed partial class StateKeeper(StateSettings options, MemoryStateStore state, TimeProvider time, ILogger<StateKeeper> logger) : IDisposable
{
    private static readonly TimeSpan RetakePatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetakePause = TimeSpan.FromMilliseconds(50);

    private readonly StateFile? _file = options.Folder.Length > 0 ? new StateFile(options.Folder) : null;
    private readonly Lock _gate = new();
    private bool _isFailing;
    private bool _isReleased;

    /// <param name="inventory">What the policies in force ask for; the rest of what was saved is let go.</param>
    /// <param name="isTakenOver">Another process has just saved it, and goes on if it cannot be read.</param>
    /// <exception cref="ServerStartException">Another server has the folder, or what is taken over cannot be read.</exception>
    public void Open(StateInventory inventory, bool isTakenOver = false)
    {
        if (_file is null)
        {
            return;
        }

        TakeFolder(_file);
        Load(_file, isTakenOver);
        RetainLog.Write(logger, state.Retain(inventory));
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (_file is null)
        {
            return;
        }

        using var timer = new PeriodicTimer(options.SnapshotEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                Save();
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops; what is left is saved when the last session has ended.
        }
    }

    /// <summary>What changed since the last time.</summary>
    public void Save()
    {
        lock (_gate)
        {
            if (_file is not null && !_isReleased && (state.HasChanged || _isFailing))
            {
                Save(_file);
            }
        }
    }

    /// <summary>Saves what changed and leaves the folder to another process; nothing is saved from now on.</summary>
    /// <exception cref="IOException">It cannot be saved; the folder stays this process's.</exception>
    public void Release()
    {
        lock (_gate)
        {
            if (_file is null)
            {
                return;
            }

            try
            {
                if (state.HasChanged || _isFailing)
                {
                    _file.Save(state, time.GetUtcNow());
                }
            }
            catch (Exception error) when (error is UnauthorizedAccessException or ServerStartException)
            {
                throw new IOException(error.Message, error);
            }

            _isReleased = true;
            _file.Dispose();
        }
    }

    /// <summary>Nobody took over: the folder is this process's again, as soon as the other one has let go of it.</summary>
    public async Task RetakeAsync()
    {
        if (_file is null || !_isReleased)
        {
            return;
        }

        var started = time.GetTimestamp();
        while (!TryRetake(_file, isLast: time.GetElapsedTime(started) > RetakePatience))
        {
            await Task.Delay(RetakePause, time).ConfigureAwait(false);
        }
    }

    /// <param name="isLast">It is tried again with each save.</param>
    private bool TryRetake(StateFile file, bool isLast)
    {
        lock (_gate)
        {
            try
            {
                TakeFolder(file);
            }
            catch (ServerStartException error) when (isLast)
            {
                Fail(error.Message);
            }
            catch (ServerStartException)
            {
                return false;
            }

            _isReleased = false;
            return true;
        }
    }

    private void Save(StateFile file)
    {
        try
        {
            file.Save(state, time.GetUtcNow());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ServerStartException)
        {
            Fail(error.Message);
            return;
        }

        if (_isFailing)
        {
            _isFailing = false;
            Log.SavedAgain(logger, options.Folder);
        }
    }

    public void Dispose() => _file?.Dispose();

    private void Load(StateFile file, bool isTakenOver)
    {
        var started = time.GetTimestamp();
        var now = time.GetUtcNow();
        try
        {
            if (file.Load(state, now) is not { } loaded)
            {
                Log.Nothing(logger, options.Folder);
                return;
            }

            var age = Math.Max((now - loaded.Created).TotalSeconds, 0);
            Log.Loaded(
                logger, file.Snapshot, (long)age, loaded.Keys, loaded.Counters, loaded.Bans, loaded.Holds, loaded.Memories, loaded.Tuples,
                (long)time.GetElapsedTime(started).TotalMilliseconds);
        }
        catch (Exception error) when (isTakenOver && error is (StateSnapshotException or IOException or UnauthorizedAccessException))
        {
            throw new ServerStartException($"Cannot take over the state: {file.Snapshot} cannot be read, {error.Message}.", error);
        }
        catch (Exception error) when (error is StateSnapshotException or IOException or UnauthorizedAccessException)
        {
            Log.Unreadable(logger, file.Snapshot, error.Message, Aside(file, now));
        }
    }

    private static string Aside(StateFile file, DateTimeOffset now)
    {
        try
        {
            return $"it is kept as {file.SetAside(now)}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"it could not be set aside: {error.Message}";
        }
    }

    /// <summary>A folder that cannot be written is tried again at each save.</summary>
    private void TakeFolder(StateFile file)
    {
        try
        {
            file.Lock();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Fail(error.Message);
        }
    }

    /// <summary>Tells of the first failure of a row.</summary>
    private void Fail(string reason)
    {
        if (!_isFailing)
        {
            _isFailing = true;
            Log.Failing(logger, options.Folder, reason);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(520, LogLevel.Information, "State is kept in {Folder}; nothing was saved there before")]
        public static partial void Nothing(ILogger logger, string folder);

        [LoggerMessage(
            521,
            LogLevel.Information,
            "State loaded from {Path}, {AgeSeconds} s old: keys: {Keys} of counters: {Counters}, bans: {Bans}, holds: {Holds}, memories: {Memories}, greylist entries: {Tuples}; in {Milliseconds} ms")]
        public static partial void Loaded(
            ILogger logger, string path, long ageSeconds, int keys, int counters, int bans, int holds, int memories, int tuples, long milliseconds);

        [LoggerMessage(522, LogLevel.Error, "State begins empty: {Path} cannot be read, {Reason}; {Aside}")]
        public static partial void Unreadable(ILogger logger, string path, string reason, string aside);

        [LoggerMessage(523, LogLevel.Error, "State cannot be saved in {Folder}: {Reason}; mail goes on, and counters, holds and bans from now on are lost if this process ends")]
        public static partial void Failing(ILogger logger, string folder, string reason);

        [LoggerMessage(524, LogLevel.Information, "State is saved in {Folder} again")]
        public static partial void SavedAgain(ILogger logger, string folder);
    }
}
