using System.Text.Json;
using Pmilter.Server;

namespace Pmilter.Safety;

/// <summary><c>interventions.json</c> in the state folder: written beside the old one and renamed.</summary>
internal sealed class InterventionFile(string stateFolder)
{
    /// <summary>Without a state folder they end with the process.</summary>
    public bool IsUsed => stateFolder.Length > 0;

    public string Path { get; } = System.IO.Path.Combine(stateFolder, "interventions.json");

    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="JsonException">It is damaged.</exception>
    public Interventions Read()
    {
        if (!IsUsed || !File.Exists(Path))
        {
            return Interventions.None;
        }

        return JsonSerializer.Deserialize(File.ReadAllText(Path), InterventionJson.Default.Interventions) ?? Interventions.None;
    }

    /// <exception cref="IOException">It cannot be written; the old one stands.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written; the old one stands.</exception>
    public void Write(Interventions interventions)
    {
        if (!IsUsed)
        {
            return;
        }

        PrivateFolder.Create(stateFolder);
        var temporary = Path + ".new";
        using (var file = File.Create(temporary))
        {
            JsonSerializer.Serialize(file, interventions, InterventionJson.Default.Interventions);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, Path, overwrite: true);
    }
}
