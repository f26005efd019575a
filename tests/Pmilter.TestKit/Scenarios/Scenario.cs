using System.Net;
using Microsoft.Extensions.Time.Testing;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.State;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.TestKit.Scenarios;

/// <summary>Policies from YAML text, a virtual clock, a store; connections are made against them.</summary>
public sealed class Scenario
{
    public Scenario(params string[] policies)
        : this(new CompilerOptions { Now = Start }, policies)
    {
    }

    public Scenario(CompilerOptions options, params string[] policies)
        : this(Compiled.Compile(options, policies))
    {
    }

    public Scenario(PolicySet set) => Set = set;

    public static DateTimeOffset Start { get; } = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    public PolicySet Set { get; private set; }

    public FakeTimeProvider Time { get; } = new(Start);

    public WindowStore Store { get; } = new();

    /// <summary>In the place of <see cref="Store"/>.</summary>
    public IStateStore? OtherStore { get; init; }

    public EngineOptions Engine { get; init; } = new();

    public Agreement? Agreement { get; init; }

    public SmtpClient Connect(string ip = "203.0.113.9", string country = "RU", string login = "", string host = "mail.spam.example", int port = 4711) =>
        new(this, new OneCountry(country), ip, login, host, port);

    /// <summary>A reload: connections that adopt it and later ones run under it.</summary>
    public PolicySet Reload(params string[] policies) => Set = Compiled.Compile(new CompilerOptions { Now = Time.GetUtcNow() }, policies);

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
