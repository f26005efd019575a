using System.Collections.Frozen;
using Pmilter.Policies.Notices;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Fuzz.Targets;

/// <summary>The list files that the seeds name.</summary>
internal static class ListFileSeeds
{
    public static ListFiles Files { get; } = new()
    {
        ["lists/partners.txt"] = "192.0.2.0/24\n",
        ["lists/own-domains.txt"] = "example.jp\n",
        ["lists/people.csv"] = "name,address\nTaro Yamada,taro@example.jp\n",
    };
}

internal static class TestNotices
{
    public static FrozenDictionary<string, NoticeTarget> Targets { get; } = FrozenDictionary<string, NoticeTarget>.Empty;
}
