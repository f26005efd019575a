using System.Text;
using Pmilter.Server;

namespace Pmilter.Rehearsal.Recorded;

/// <summary>The files of a decision log, oldest first, and the lines in them.</summary>
internal static class DecisionLogFiles
{
    /// <param name="path">As <c>log.decisions</c> has it, or a file that exists.</param>
    /// <exception cref="ServerStartException">There is none.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        if (path.Length == 0)
        {
            throw new ServerStartException("There is no decision log: set log.decisions in pmilter.yaml, or name one with --log.");
        }

        if (File.Exists(path))
        {
            return [path];
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var name = Path.GetFileNameWithoutExtension(path);
        string[] files = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, $"{name}*{Path.GetExtension(path)}").Order(StringComparer.Ordinal)] : [];
        return files.Length > 0 ? files : throw new ServerStartException($"There is no decision log at {path} yet.");
    }

    /// <summary>Each line's bytes; the array is reused for the next.</summary>
    /// <param name="progress">Bytes that were read.</param>
    public static IEnumerable<ReadOnlyMemory<byte>> Lines(string path, Action<long>? progress = null)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 256 * 1024, FileOptions.SequentialScan);
        var buffer = new byte[256 * 1024];
        int have = 0, read;
        while ((read = file.Read(buffer, have, buffer.Length - have)) > 0)
        {
            have += read;
            var start = 0;
            for (int end; (end = buffer.AsSpan(start, have - start).IndexOf((byte)'\n')) >= 0; start += end + 1)
            {
                yield return buffer.AsMemory(start, end);
            }

            buffer.AsSpan(start, have - start).CopyTo(buffer);
            have -= start;
            if (have == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            progress?.Invoke(file.Position);
        }

        if (have > 0)
        {
            yield return buffer.AsMemory(0, have);
        }
    }

    /// <summary>The newest line with that id, else the newest with that queue id; null when there is none.</summary>
    public static RecordedDecision? FindById(IReadOnlyList<string> files, string id) =>
        Newest(files, $"\"id\":\"{id}\"", decision => decision.Id == id)
        ?? Newest(files, $"\"queue_id\":\"{id}\"", decision => decision.Message.QueueId == id);

    private static RecordedDecision? Newest(IReadOnlyList<string> files, string text, Predicate<RecordedDecision> isWanted)
    {
        var wanted = Encoding.UTF8.GetBytes(text);
        foreach (var file in files.Reverse())
        {
            RecordedDecision? found = null;
            foreach (var line in Lines(file))
            {
                if (line.Span.IndexOf(wanted) >= 0 && RecordedDecision.Parse(line) is { } decision && isWanted(decision))
                {
                    found = decision;
                }
            }

            if (found is not null)
            {
                return found;
            }
        }

        return null;
    }
}
