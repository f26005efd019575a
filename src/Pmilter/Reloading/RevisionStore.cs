using System.Text.Json;
using Pmilter.Policies.Syntax;
using Pmilter.Server;

namespace Pmilter.Reloading;

/// <summary>
/// Every revision that was in force, as its files were: <c>revisions/REVISION/</c> in the state folder, and beside them
/// <c>history.jsonl</c>. A restart with broken policies begins with the last of them, and <c>pmilter rollback</c> brings one back.
/// </summary>
internal sealed class RevisionStore(string stateFolder)
{
    private const long MaxFileBytes = 64 * 1024 * 1024;
    private const int MaxDepth = 5;
    private const string ModesFile = "modes.json";
    private static readonly string[] Kinds = [".yaml", ".txt", ".csv", ".rb"];

    private readonly string _folder = Path.Combine(stateFolder, "revisions");

    /// <summary>Without a state folder nothing outlasts the process.</summary>
    public bool IsUsed => stateFolder.Length > 0;

    private string HistoryPath => Path.Combine(_folder, "history.jsonl");

    /// <summary>Keeps the policy folder under the revision, unless it is kept already, and notes the load.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Keep(HistoryLine line, string policies, IReadOnlyDictionary<string, PolicyMode> modes)
    {
        PrivateFolder.Create(stateFolder);
        PrivateFolder.Create(_folder);
        var kept = FolderOf(line.Revision);
        if (line.IsGood && !Directory.Exists(kept))
        {
            var temporary = kept + ".tmp";
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }

            PrivateFolder.Create(temporary);
            foreach (var file in FilesOf(policies))
            {
                CopyTo(Path.Combine(policies, file), Path.Combine(temporary, file));
            }

            var words = new KeptModes(modes.ToDictionary(mode => mode.Key, mode => mode.Value.ToString().ToLowerInvariant(), StringComparer.Ordinal));
            File.WriteAllText(Path.Combine(temporary, ModesFile), JsonSerializer.Serialize(words, RevisionJson.Default.KeptModes));
            Directory.Move(temporary, kept);
        }

        File.AppendAllText(HistoryPath, JsonSerializer.Serialize(line, RevisionJson.Default.HistoryLine) + "\n");
    }

    /// <summary>The newest first. A line that cannot be read is left out.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public IReadOnlyList<HistoryLine> History()
    {
        if (File.Exists(HistoryPath))
        {
            return [.. File.ReadLines(HistoryPath).Select(Parse).OfType<HistoryLine>().Reverse()];
        }

        if (Directory.Exists(stateFolder))
        {
            // In a folder that may not be entered no file exists: it is opened, so that this is said.
            _ = Directory.EnumerateFileSystemEntries(stateFolder).FirstOrDefault();
        }

        return [];
    }

    /// <summary>The folder of a revision's files; null when it is not kept.</summary>
    /// <param name="revision">Its beginning is enough where that is clear.</param>
    public string? Find(string revision)
    {
        if (revision.Length == 0 || !revision.All(char.IsAsciiHexDigitLower) || !Directory.Exists(_folder))
        {
            return null;
        }

        var found = Directory.GetDirectories(_folder, revision + "*").Where(folder => Path.GetFileName(folder).All(char.IsAsciiHexDigitLower)).ToArray();
        return found.Length == 1 ? found[0] : null;
    }

    /// <summary>The revision that was in force last and is kept; null when there is none.</summary>
    public (HistoryLine Line, string Folder)? LastGood()
    {
        foreach (var line in History().Where(line => line.IsGood))
        {
            if (Find(line.Revision) is { } folder)
            {
                return (line, folder);
            }
        }

        return null;
    }

    /// <summary>The modes that it was loaded with.</summary>
    public static IReadOnlyDictionary<string, PolicyMode> ModesOf(string folder)
    {
        var kept = JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(folder, ModesFile)), RevisionJson.Default.KeptModes);
        return (kept?.Modes ?? new Dictionary<string, string>(StringComparer.Ordinal))
            .ToDictionary(mode => mode.Key, mode => Enum.Parse<PolicyMode>(mode.Value, ignoreCase: true), StringComparer.Ordinal);
    }

    /// <summary>
    /// Puts the files of a revision back into the policy folder. Policies that it does not have go; what was there is kept aside. Lists live
    /// their own lives: those of now stay, and only what is missing comes back.
    /// </summary>
    /// <returns>Where the files are that were there before.</returns>
    /// <exception cref="IOException">They cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">They may not be written.</exception>
    public string Restore(string folder, string policies, DateTimeOffset now)
    {
        var aside = Path.Combine(_folder, $"before-rollback-{now:yyyyMMdd'T'HHmmss'Z'}");
        PrivateFolder.Create(aside);
        foreach (var file in FilesOf(policies))
        {
            CopyTo(Path.Combine(policies, file), Path.Combine(aside, file));
        }

        var kept = FilesOf(folder).ToHashSet(StringComparer.Ordinal);
        foreach (var file in kept.Where(file => !IsList(file) || !File.Exists(Path.Combine(policies, file))))
        {
            CopyTo(Path.Combine(folder, file), Path.Combine(policies, file));
        }

        foreach (var path in Directory.GetFiles(policies, "*.yaml").Where(path => !kept.Contains(Path.GetFileName(path))))
        {
            File.Delete(path);
        }

        return aside;
    }

    /// <summary>Lets revisions go that were in force for the last time before then; never the one that is.</summary>
    public void Forget(DateTimeOffset before)
    {
        var last = LastGood()?.Line.Revision;
        foreach (var (revision, until) in LastInForce())
        {
            if (until < before && !string.Equals(revision, last, StringComparison.Ordinal) && Directory.Exists(FolderOf(revision)))
            {
                Directory.Delete(FolderOf(revision), recursive: true);
            }
        }
    }

    /// <summary>A revision decides until the next one is loaded, however long ago it was loaded itself.</summary>
    private Dictionary<string, DateTimeOffset> LastInForce()
    {
        var until = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        var next = DateTimeOffset.MaxValue;
        foreach (var line in History().Where(line => line.IsGood))
        {
            until.TryAdd(line.Revision, next);
            next = line.At;
        }

        return until;
    }

    private string FolderOf(string revision) => Path.Combine(_folder, revision);

    private static bool IsList(string file) => Path.GetExtension(file) is ".txt" or ".csv";

    /// <summary>Policies, lists, handlers and tests below the folder, relative to it.</summary>
    private static IEnumerable<string> FilesOf(string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = MaxDepth, IgnoreInaccessible = true };
        return Directory.EnumerateFiles(folder, "*", options)
            .Where(path => Kinds.Contains(Path.GetExtension(path), StringComparer.Ordinal) && new FileInfo(path).Length <= MaxFileBytes)
            .Select(path => Path.GetRelativePath(folder, path));
    }

    /// <summary>Whole or not at all.</summary>
    private static void CopyTo(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        var temporary = Path.Combine(Path.GetDirectoryName(to)!, $".{Path.GetFileName(to)}.{Guid.NewGuid():N}");
        try
        {
            File.Copy(from, temporary);
            File.Move(temporary, to, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static HistoryLine? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, RevisionJson.Default.HistoryLine);
        }
        catch (JsonException)
        {
            // The machine died while it was written.
            return null;
        }
    }
}
