using Pmilter.Configuration;
using Pmilter.Policies.Vocabulary;
using Pmilter.Rehearsal.Tests;

namespace Pmilter.Schemas;

/// <summary>A kind of file that editors are told about.</summary>
/// <param name="Word">As on the command line: <c>policy</c>.</param>
/// <param name="Title">Shown by editors.</param>
/// <param name="Root">The keys of the file.</param>
internal sealed record SchemaKind(string Word, string Title, KeyTable Root)
{
    public static IReadOnlyList<SchemaKind> All { get; } =
    [
        new("policy", "A policy file of Pmilter", PolicyKeys.File),
        new("test", "A file of policy tests of Pmilter", PolicyTestKeys.File),
        new("server", "pmilter.yaml", ServerKeys.File),
    ];

    public string FileName => $"{Word}.schema.json";
}
