using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists;

/// <summary>Reads list files for the compiler, which opens nothing itself.</summary>
public interface IListFileReader
{
    /// <summary>The file's text, or null and why not.</summary>
    /// <param name="policyPath">The file that names it; the path is relative to its folder.</param>
    SourceText? Read(string policyPath, string path, out string error);
}
