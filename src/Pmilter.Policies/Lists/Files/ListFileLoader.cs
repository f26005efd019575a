using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists.Files;

/// <summary>Reads a list file from its first line to its last.</summary>
internal static class ListFileLoader
{
    /// <param name="path">Where the policy names it.</param>
    /// <returns>Null when it cannot be read; <paramref name="error"/> says why.</returns>
    public static LoadedList? Load(ListType type, ListFile file, Located<string> path, ListReading reading, out Diagnostic? error)
    {
        var diagnostics = new DiagnosticBag();
        var limit = new ListDiagnosticLimit(diagnostics);
        var lines = new ListLines(reading.Now, limit);
        try
        {
            using var stream = file.Open();
            var source = new ListFileLines(stream, file.Path, limit);
            var content = Read(type, source, lines, new Reasons(reading.KeepsReasons), limit);
            limit.Close();
            error = null;
            return new LoadedList { Path = file.Path, Stamp = file.Stamp, Content = content, Hash = source.Hash, Diagnostics = diagnostics.All, ExpiresNext = lines.ExpiresNext };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            error = ListDiagnostics.Unreadable(path.Span, path.Value, failure.Message);
            return null;
        }
    }

    private static MailList Read(ListType type, ListFileLines file, ListLines lines, Reasons reasons, ListDiagnosticLimit limit)
    {
        if (type == ListType.Map)
        {
            var map = new MapReader(limit);
            while (file.Next(out var row))
            {
                if (lines.TryRead(row, hasComments: true, out var entry))
                {
                    map.AddLine(entry);
                }
            }

            return map.Build();
        }

        var builder = ListBuilder.Create(type, limit, tellsDuplicates: false);
        while (file.Next(out var line))
        {
            if (lines.TryRead(line, hasComments: true, out var entry))
            {
                builder.Add(entry);
                reasons.Add(entry);
            }
        }

        return builder.Build(reasons);
    }
}
