using System.Text.Json;

namespace Pmilter.Safety;

/// <summary>The interventions in force, and their file. One owner changes them, the loader reads them.</summary>
internal sealed class InterventionKeeper
{
    private readonly InterventionFile _file;
    private Interventions _current = Interventions.None;

    private InterventionKeeper(InterventionFile file) => _file = file;

    public Interventions Current => Volatile.Read(ref _current);

    /// <summary>Why they would not outlast a restart, or why those of before are not in force; empty when all is well.</summary>
    public string Problem { get; private set; } = string.Empty;

    /// <param name="stateFolder"><c>state.dir</c>; empty: they end with the process.</param>
    public static InterventionKeeper Open(string stateFolder)
    {
        var keeper = new InterventionKeeper(new InterventionFile(stateFolder));
        keeper.Read();
        return keeper;
    }

    /// <summary>As the process before has left them; true where some are or were in force, so that the policies must be compiled again.</summary>
    public bool Reread()
    {
        var wasEmpty = Current.IsEmpty;
        Read();
        return !wasEmpty || !Current.IsEmpty;
    }

    /// <summary>In force for the next compilation; <see cref="Save"/> makes them last.</summary>
    public void Set(Interventions interventions) => Volatile.Write(ref _current, interventions);

    public void Save()
    {
        try
        {
            _file.Write(Current);
            Problem = string.Empty;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Problem = $"{_file.Path} cannot be written, modes and blocks would not outlast a restart: {error.Message}";
        }
    }

    private void Read()
    {
        try
        {
            Set(_file.Read());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            Problem = $"{_file.Path} cannot be read, modes and blocks that were set before the restart are not in force: {error.Message}";
        }
    }
}
