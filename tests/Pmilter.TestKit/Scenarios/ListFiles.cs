using Pmilter.Policies.Lists;
using Pmilter.Policies.Text;

namespace Pmilter.TestKit.Scenarios;

/// <summary>List files in memory.</summary>
public sealed class ListFiles : IListFileReader
{
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);

    public string this[string path]
    {
        set => _files[path] = value;
    }

    public SourceText? Read(string policyPath, string path, out string error)
    {
        error = "no such file";
        return _files.TryGetValue(path, out var text) ? new SourceText(path, text) : null;
    }
}
