using System.Collections.Concurrent;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Files;

namespace Pmilter.Server.Lists;

/// <summary>
/// The list files that were good: as they are in force, and as copies in the state folder. A reload takes over what did not change, and
/// a file that is not good any more has something to go on with.
/// </summary>
/// <param name="stateFolder"><c>state.dir</c>; empty: nothing outlasts the process.</param>
internal sealed class ListShelf(string stateFolder)
{
    private readonly ConcurrentDictionary<(string Path, ListType Type), LoadedList> _inForce = new();

    /// <summary>Null when nothing outlasts the process.</summary>
    public ListCopies? Copies { get; } = stateFolder.Length > 0 ? new ListCopies(stateFolder) : null;

    /// <summary>Lists read for a set that is not in force yet are compared with these.</summary>
    public ListReading Extend(ListReading reading) => reading with
    {
        InForce = (path, type) => _inForce.GetValueOrDefault((path, type)),
        Copy = (path, type) => Copies?.Find(path, type),
    };

    /// <summary>The set is in force, and so are its lists.</summary>
    public void Take(PolicySet set)
    {
        _inForce.Clear();
        foreach (var list in set.Lists)
        {
            Take(list);
        }
    }

    public void Take(FileList list) => _inForce[(list.Current.Path, list.Type)] = list.Current;
}
