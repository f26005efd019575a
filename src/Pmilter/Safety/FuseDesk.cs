using System.Globalization;
using Microsoft.Extensions.Logging;
using Pmilter.Configuration;
using Pmilter.Policies.Fuses;
using Pmilter.Server;

namespace Pmilter.Safety;

/// <summary>Says it when a fuse has blown, once: to the log, to the audit log, and to whom <c>fuse.notify</c> names.</summary>
internal sealed partial class FuseDesk(FuseBoard board, FuseSection options, NoticeDesk notices, AuditLog audit, TimeProvider time, ILogger<FuseDesk> logger)
{
    /// <summary>What the running server's fuses are made from.</summary>
    public static FuseBoard BoardOf(FuseSection options) => new(new FuseOptions(options.Share)
    {
        Min = options.Min,
        Window = options.Window,
        ShareOfAll = options.ShareOfAll,
        Rules = options.Rules,
        Exempt = [BlockPolicy.Name],
    });

    /// <summary>Fuses that have blown and are not among those in force.</summary>
    public IReadOnlyList<BlownRule> New(Interventions current)
    {
        List<BlownRule>? all = null;
        foreach (var fuse in board.Fuses)
        {
            if (fuse.Blown is { } blown && !current.Blown.Any(known => known.Rule == blown.Name))
            {
                (all ??= []).Add(new BlownRule(blown.Name, blown.At, blown.Refused, blown.Messages, fuse.Share, options.Window));
            }
        }

        return all is null ? [] : all;
    }

    public void Tell(BlownRule blown)
    {
        Log.Blew(logger, blown.Why, blown.Rule);
        audit.Write("server", "fuse", "mode", [("name", blown.Rule), ("mode", "monitor"), ("reason", blown.Why)], string.Empty);
        if (options.Notify.Length > 0)
        {
            notices.Post(options.Notify, "fuse", blown.Rule, $"Fuse blown: {blown.Why}. It is in monitor, and refuses nobody, until 'pmilter mode {blown.Rule} enforce'.", time.GetUtcNow());
        }
    }

    /// <summary>The operator wants it to refuse again.</summary>
    public void Arm(string name) => board.Arm(name);

    private static partial class Log
    {
        [LoggerMessage(760, LogLevel.Error, "Fuse blown: {Why}. It is in monitor, and refuses nobody, until 'pmilter mode {Rule} enforce'")]
        public static partial void Blew(ILogger logger, string why, string rule);
    }
}

/// <summary>A rule that is in monitor since its fuse has blown: until it is armed by hand.</summary>
/// <param name="Rule"><c>policy/rule</c>, or <c>all</c>.</param>
/// <param name="Refused">That many, the one that was let off included …</param>
/// <param name="Messages">… of so many …</param>
/// <param name="Window">… in that time; its fuse allows <paramref name="Share"/>.</param>
internal sealed record BlownRule(string Rule, DateTimeOffset Since, long Refused, long Messages, double Share, TimeSpan Window)
{
    /// <summary>Where it blew; empty where servers share nothing.</summary>
    public string Server { get; init; } = string.Empty;

    /// <summary><c>fuse at mx1</c></summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string By => Server.Length > 0 ? $"fuse at {Server}" : "fuse";

    [System.Text.Json.Serialization.JsonIgnore]
    public string Why => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Rule == LoweredRule.All ? "all rules together" : Rule)} would have refused {Refused} of {Messages} messages in {Window.TotalMinutes:0.##} min, more than {Share * 100:0.##} %");
}
