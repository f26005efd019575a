using System.Collections.Immutable;
using Pmilter.Policies.Syntax;

namespace Pmilter.Configuration;

/// <summary><c>protect</c>: parties that no rule refuses, holds, bans or greylists unless it says <c>protected: include</c>.</summary>
internal sealed record ProtectOptions
{
    /// <summary>A file of networks, relative to pmilter.yaml; null where they stand here, or nowhere.</summary>
    public YamlScalar? ClientsFile { get; init; }

    /// <summary>Networks that stand here. Default: none.</summary>
    public ImmutableArray<YamlScalar> Clients { get; init; } = [];

    /// <summary>Whole addresses, or local parts, which mean any domain. Default: postmaster (RFC 5321 4.5.1) and abuse (RFC 2142).</summary>
    public ImmutableArray<string> Recipients { get; init; } = ["postmaster", "abuse"];

    /// <summary>Names that have logged in. Default: none.</summary>
    public ImmutableArray<string> Logins { get; init; } = [];
}
