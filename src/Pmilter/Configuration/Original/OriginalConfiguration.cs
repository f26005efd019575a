using System.Collections.Immutable;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration.Original;

/// <summary>A configuration of the original, mruby-based pmilter, as far as it means something here.</summary>
internal sealed record OriginalConfiguration
{
    /// <summary>As we listen; empty where the file has none that can be read.</summary>
    public string Listen { get; init; } = string.Empty;

    /// <summary><c>server.timeout</c>; null: our default.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary><c>server.log_level</c> in our words. The original's default is warn.</summary>
    public string LogLevel { get; init; } = "warning";

    /// <summary>Handlers of a session by our phase, in the order of the phases; none where <c>server.mruby_handler</c> is false.</summary>
    public ImmutableArray<OriginalHandler> Handlers { get; init; } = [];

    /// <summary>Run once before the first connection, and once after the last; null for none.</summary>
    public Located<string>? PostConfig { get; init; }

    public Located<string>? MasterExit { get; init; }
}

/// <summary>One handler.</summary>
/// <param name="Phase">Our word.</param>
/// <param name="Path">As written.</param>
internal sealed record OriginalHandler(string Phase, Located<string> Path);
