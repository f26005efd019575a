using Pmilter.Policies.Vocabulary;

namespace Pmilter.Documentation;

/// <summary>The tables that the keys of a table lead to, in the order of documents: depth first, each once.</summary>
internal static class InnerTables
{
    public static IEnumerable<KeyTable> Inner(this KeyTable table) => Inner(table, new HashSet<KeyTable>(ReferenceEqualityComparer.Instance) { table });

    private static IEnumerable<KeyTable> Inner(KeyTable table, HashSet<KeyTable> seen)
    {
        foreach (var found in table.Entries.SelectMany(entry => Of(entry.Form)))
        {
            if (!seen.Add(found))
            {
                continue;
            }

            yield return found;
            foreach (var deeper in Inner(found, seen))
            {
                yield return deeper;
            }
        }
    }

    private static IEnumerable<KeyTable> Of(ValueForm form) => form switch
    {
        TableForm table => [table.Table],
        ListForm list => Of(list.Item),
        MapForm map => Of(map.Value),
        EitherForm either => either.Forms.SelectMany(Of),
        _ => [],
    };
}
