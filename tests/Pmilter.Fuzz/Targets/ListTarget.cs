using System.Text;
using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Files;
using Pmilter.Policies.Text;

namespace Pmilter.Fuzz.Targets;

/// <summary>List files of every type, and the questions that mail asks of them.</summary>
internal sealed class ListTarget : IFuzzTarget
{
    private static readonly ListType[] Types = Enum.GetValues<ListType>();

    private static readonly byte[][] Good =
    [
        .. new[]
        {
            "192.0.2.0/24\n2001:db8::/32 until=2030-01-01 # ours\n203.0.113.9\n", "example.jp\n*.example.com\nxn--wgv71a.example # reason\n日本.example\n",
            "a@example.jp\n@example.com\nrole+*@example.org\n", "JP\nUS\nRU\n", "64496\n1.5\n-3\n", "domain,provider,limit\nexample.jp,\"isp, big\",20\nexample.com,\"a \"\"b\"\"\",3\n", "word\nother word\n",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public string Name => "lists";

    public string Promise => "a list file is read or its lines are told; any question to it has an answer";

    public void Try(Dice dice)
    {
        var bytes = Mutation.Of(dice, dice.Of(Good));
        var type = dice.Of(Types);
        var file = new ListFile("lists/a.txt", default, () => new MemoryStream(bytes, writable: false));
        var path = new Located<string>("lists/a.txt", new SourceSpan(new SourceText("policies/10.yaml", "lists/a.txt"), 0, 11));
        var loaded = ListFileLoader.Load(type, file, path, new ListReading { Now = DateTimeOffset.UnixEpoch, KeepsReasons = true }, out var error);
        BrokenPromiseException.ThrowUnless(loaded is not null || error is not null, "no list and no reason");
        if (loaded is null)
        {
            return;
        }

        _ = DiagnosticRenderer.Render(loaded.Diagnostics);
        var question = Nasty.Text(dice);
        _ = loaded.Content.Contains(question);
        _ = loaded.Content.Contains(new System.Net.IPAddress(dice.Bytes(dice.OneIn(2) ? 4 : 16)));
        _ = loaded.Content.Contains((double)dice.Between(-10, 70_000));
    }
}
