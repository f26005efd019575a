using Pmilter.Policies.Vocabulary;

namespace Pmilter.Configuration;

/// <summary>Keys of a target below <c>notify</c> of pmilter.yaml.</summary>
internal static class NotifyKeys
{
    public static IntegerForm Count { get; } = new(1, 1000);

    public static DurationForm Window { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(31));

    public static KeyTable Target { get; } = new(
        "a target",
        new KeyEntry("url", new TextForm("https://…"), "A webhook: notices are posted there as JSON, whose text Slack, Mattermost and the like show. '': none.") { Default = "''" },
        new KeyEntry("secret_file", new TextForm("path"), "Of url: a file with the key of the header X-Pmilter-Signature (sha256=, the HMAC-SHA256 of the body in hex). '': not signed.") { Default = "''" },
        new KeyEntry("mail", new TextForm("address"), "Notices are mailed to it. '': none.") { Default = "''" },
        new KeyEntry("via", new TextForm("host:port"), "Of mail: the MTA that takes it.") { Default = "127.0.0.1:25" },
        new KeyEntry("from", new TextForm("address"), "Of mail: the From header; the envelope sender is always <>. Left out: postmaster at this machine's name."),
        new KeyEntry("at_most", new TextForm("N per key per duration: '1 per key per 1h'", @"^[0-9]+ per key per [0-9.]+(ms|s|m|h|d)$"), "How many notices of a rule and key go into any window. Left out: one a ban or hold, of other rules 1 per key per 1h."),
        new KeyEntry("max_per_minute", new IntegerForm(1, 10_000), "Over all keys and rules; further notices are left out, and the next one says how many.") { Default = "30" });
}
