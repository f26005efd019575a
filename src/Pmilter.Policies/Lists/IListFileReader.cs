namespace Pmilter.Policies.Lists;

/// <summary>Finds list files for the compiler, which opens nothing itself.</summary>
public interface IListFileReader
{
    /// <summary>The file as it is now; that it is not there is told by <see cref="ListFile.Missing"/>.</summary>
    /// <param name="policyPath">The file that names it; the path is relative to its folder.</param>
    ListFile Find(string policyPath, string path);
}

/// <summary>A list file.</summary>
/// <param name="Path">As shown: <c>policies/lists/partners.txt</c>.</param>
/// <param name="Stamp">What it looks like; the default when it is missing.</param>
/// <param name="Open">Opens it; throws IOException or UnauthorizedAccessException when it cannot.</param>
public sealed record ListFile(string Path, ListStamp Stamp, Func<Stream> Open)
{
    /// <summary>Why there is nothing to open; null when there is.</summary>
    public string? Missing { get; init; }
}

/// <summary>A file with the same stamp is taken for the same.</summary>
public readonly record struct ListStamp(DateTimeOffset WrittenAt, long Length);
