using Pmilter.Policies.Lists;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Compilation;

/// <summary>Hands out list files and keeps what was read: the revision is made of it too.</summary>
internal sealed class ReadTexts(IListFileReader files) : IListFileReader
{
    private readonly List<SourceText> _read = [];

    public IReadOnlyList<SourceText> All => _read;

    public SourceText? Read(string policyPath, string path, out string error)
    {
        var source = files.Read(policyPath, path, out error);
        if (source is not null)
        {
            _read.Add(source);
        }

        return source;
    }
}
