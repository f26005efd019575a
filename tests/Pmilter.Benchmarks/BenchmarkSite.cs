using System.Net;
using System.Text;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Sessions;

namespace Pmilter.Benchmarks;

/// <summary>Policies of one text, and a client whose MAIL has come.</summary>
internal static class BenchmarkSite
{
    public static DateTimeOffset Now { get; } = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The folder of the repository, above wherever the benchmarks were built.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    public static PolicySet Compile(string policy)
    {
        var diagnostics = new DiagnosticBag();
        return PolicyCompiler.Compile([new SourceText("policies/p.yaml", policy)], new NoLists(), new CompilerOptions { Now = Now }, diagnostics)
            ?? throw new ArgumentException(DiagnosticRenderer.Render(diagnostics.All), nameof(policy));
    }

    public static Transaction AfterMail()
    {
        var macros = MacroTable.Of(new Dictionary<string, string>());
        var transaction = new Transaction(new OneCountry(), "mx");
        transaction.Apply(new ConnectCommand(Bytes("[203.0.113.9]"), ClientFamily.Inet, 4321, Bytes("203.0.113.9")), macros);
        transaction.Apply(new HeloCommand(Bytes("mail.sender.example")), macros);
        transaction.Apply(new MailCommand(Bytes("<alice@sender.example>"), Bytes("SIZE=4096")), macros);
        return transaction;
    }

    public static PolicyEngine Engine(PolicySet set, Transaction transaction) => new(set, new NoState(), transaction, new EngineOptions());

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "Pmilter.sln")) ? folder
        : Path.GetDirectoryName(folder) is { } parent ? FindRoot(parent)
        : throw new DirectoryNotFoundException("Pmilter.sln is in no folder above the benchmarks.");

    private sealed class OneCountry : IGeoSource
    {
        public GeoPlace Find(IPAddress address) => GeoPlace.Unknown with { Country = "RU" };
    }

    private sealed class NoLists : IListFileReader
    {
        public ListFile Find(string policyPath, string path) => throw new NotSupportedException();
    }

    private sealed class NoState : IStateStore
    {
        public ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
