using System.Net;
using Microsoft.Extensions.Time.Testing;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.State;
using Pmilter.Policies.Tests.Lists;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Negotiation;
using Xunit;

namespace Pmilter.Policies.Tests.Scenarios;

/// <summary>Policies from YAML text, a virtual clock, a store; connections are made against them.</summary>
internal sealed class Scenario
{
    public Scenario(params string[] policies)
        : this(new CompilerOptions { Now = Start }, policies)
    {
    }

    public Scenario(CompilerOptions options, params string[] policies) => Set = Compiled.Compile(options, policies);

    public static DateTimeOffset Start { get; } = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    public PolicySet Set { get; }

    public FakeTimeProvider Time { get; } = new(Start);

    public WindowStore Store { get; } = new();

    public IStateStore? OtherStore { get; init; }

    public EngineOptions Engine { get; init; } = new();

    public Agreement? Agreement { get; init; }

    public SmtpClient Connect(string ip = "203.0.113.9", string country = "RU", string login = "", string host = "mail.spam.example", int port = 4711) =>
        new(this, new OneCountry(country), ip, login, host, port);

    /// <summary>One message on a connection of its own; the first decision that is not continue, else the last.</summary>
    public Decision Send(string ip = "203.0.113.9", string country = "RU", string login = "", string from = "a@spam.example", string subject = "hello")
    {
        var client = Connect(ip, country, login);
        return client.Send(from, subject);
    }

    private sealed class OneCountry(string country) : IGeoSource
    {
        public GeoPlace Find(IPAddress address) => GeoPlace.Unknown with { Country = country };
    }
}

/// <summary>Compiles texts, or fails the test with the diagnostics.</summary>
internal static class Compiled
{
    public static PolicySet Compile(CompilerOptions options, params string[] policies)
    {
        var diagnostics = new DiagnosticBag();
        var set = PolicyCompiler.Compile(Sources(policies), Files, options, diagnostics);
        Assert.True(set is not null, DiagnosticRenderer.Render(diagnostics.All));
        return set;
    }

    /// <summary>Each as <c>PM210 line 12: message</c>.</summary>
    public static IReadOnlyList<Diagnostic> Diagnose(params string[] policies)
    {
        var diagnostics = new DiagnosticBag();
        PolicyCompiler.Compile(Sources(policies), Files, new CompilerOptions { Now = Scenario.Start }, diagnostics);
        return diagnostics.All;
    }

    private static ListFiles Files { get; } = new() { ["lists/partners.txt"] = "192.0.2.0/24\n" };

    private static SourceText[] Sources(string[] policies) => [.. policies.Select((text, i) => new SourceText($"policies/{i + 1}0.yaml", text))];
}
