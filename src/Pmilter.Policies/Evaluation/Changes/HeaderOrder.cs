using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Evaluation.Changes;

/// <summary>
/// Written order, but that changes of one header name share their places among themselves: first the fields that the message came
/// with are changed, then deleted, highest place first, then new ones come. Postfix renumbers after a delete and counts what was
/// inserted, Sendmail does not.
/// </summary>
internal static class HeaderOrder
{
    public static void Arrange(List<Modification> changes)
    {
        changes.RemoveAll(c => c is ChangeHeader change
            && changes.Exists(d => d is DeleteHeader delete && delete.Index == change.Index && IsSameName(delete.Name, change.Name)));
        foreach (var name in changes.Select(NameOf).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).ToArray())
        {
            var places = Enumerable.Range(0, changes.Count).Where(i => NameOf(changes[i]) is { } other && IsSameName(name, other)).ToArray();
            if (places.Length < 2)
            {
                continue;
            }

            var sorted = places.Select(place => changes[place]).OrderBy(RankOf).ThenByDescending(c => c is DeleteHeader delete ? delete.Index : 0).ToArray();
            for (var i = 0; i < places.Length; i++)
            {
                changes[places[i]] = sorted[i];
            }
        }
    }

    public static bool IsSameName(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static string? NameOf(Modification change) => change switch
    {
        AddHeader add => add.Name,
        InsertHeader insert => insert.Name,
        ChangeHeader changed => changed.Name,
        DeleteHeader deleted => deleted.Name,
        _ => null,
    };

    private static int RankOf(Modification change) => change switch
    {
        ChangeHeader => 0,
        DeleteHeader => 1,
        _ => 2,
    };
}
