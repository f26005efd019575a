using Pmilter.Policies.Lists;

namespace Pmilter.Web;

/// <summary>Lists of one folder: what is pasted into the page must not open other files of the server.</summary>
internal sealed class FolderLists(IListFileReader files, string folder) : IListFileReader
{
    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar;

    public ListFile Find(string policyPath, string path)
    {
        var full = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(policyPath) ?? string.Empty, path));
        return full.StartsWith(_root, StringComparison.Ordinal)
            ? files.Find(policyPath, path)
            : new ListFile(path, default, () => throw new IOException("not opened")) { Missing = "the playground opens lists of the policies' folder only" };
    }
}
