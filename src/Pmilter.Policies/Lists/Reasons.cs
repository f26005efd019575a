using System.Collections.Frozen;

namespace Pmilter.Policies.Lists;

/// <summary>The <c>why=</c> of lines, where somebody will read them: the running server keeps none.</summary>
internal sealed class Reasons(bool areKept)
{
    private readonly Dictionary<int, string> _byLine = [];

    public static FrozenDictionary<int, string> None { get; } = FrozenDictionary<int, string>.Empty;

    public void Add(ListEntry entry)
    {
        if (areKept && entry.Line > 0 && !entry.Why.IsEmpty)
        {
            _byLine[entry.Line] = entry.Why.ToString();
        }
    }

    public FrozenDictionary<int, string> Build() => _byLine.Count == 0 ? None : _byLine.ToFrozenDictionary();
}
