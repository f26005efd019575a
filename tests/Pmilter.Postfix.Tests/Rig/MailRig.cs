using Pmilter.TestKit.Geo;

namespace Pmilter.Postfix.Tests.Rig;

/// <summary>A folder, the real pmilter with the given policies, and a Postfix that asks it.</summary>
internal sealed class MailRig : IAsyncDisposable
{
    private readonly TestFolder _folder;

    private MailRig(TestFolder folder, PmilterProcess pmilter, PostfixInstance postfix)
    {
        _folder = folder;
        Pmilter = pmilter;
        Postfix = postfix;
    }

    public PmilterProcess Pmilter { get; }

    public PostfixInstance Postfix { get; }

    /// <summary>Over TCP, or over a Unix socket that Postfix's own user may open.</summary>
    /// <param name="more">Further sections of pmilter.yaml, which may name Postfix's port.</param>
    public static async Task<MailRig> StartAsync(string policy, bool isUnix = false, Func<int, string>? more = null)
    {
        var port = Ports.Free();
        var folder = new TestFolder("mail");
        PmilterProcess? pmilter = null;
        try
        {
            var address = isUnix ? $"unix:{folder.Path}/pmilter.sock" : $"inet:127.0.0.1:{Ports.Free()}";
            var listen = isUnix ? $"{{ name: mx, at: '{address}', mode: '0660', group: postfix }}" : $"'{address}'";
            var configuration = folder.Write("pmilter/pmilter.yaml", $"server:\n  listen: [{listen}]\nlog: {{ level: info }}\n{more?.Invoke(port)}");
            folder.Write("pmilter/policies/10-test.yaml", policy);
            Directory.CreateDirectory($"{folder.Path}/pmilter/geoip");
            await File.WriteAllBytesAsync($"{folder.Path}/pmilter/geoip/country.mmdb", DocumentationGeo.Nested());
            pmilter = await PmilterProcess.StartAsync(configuration);
            return new MailRig(folder, pmilter, await PostfixInstance.StartAsync($"{folder.Path}/postfix", address, port));
        }
        catch
        {
            if (pmilter is not null)
            {
                await pmilter.DisposeAsync();
            }

            folder.Dispose();
            throw;
        }
    }

    /// <summary>Exchanges the policy; nobody is told.</summary>
    public void WritePolicy(string policy) => _folder.Write("pmilter/policies/10-test.yaml", policy);

    /// <summary>The command line against the running server: what it said, and the exit code.</summary>
    public Task<(int ExitCode, string Output)> AskAsync(params string[] arguments) =>
        Tool.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "pmilter.dll"), .. arguments, "-c", $"{_folder.Path}/pmilter/pmilter.yaml"]);

    /// <summary><c>pmilter doctor</c> on this Postfix.</summary>
    public Task<(int ExitCode, string Output)> DoctorAsync() => AskAsync("doctor", "--config-directory", Postfix.Configuration);

    public Task<SmtpClient> ConnectAsAsync(string address, string name = "[UNAVAILABLE]") => SmtpClient.ConnectAsAsync(Postfix.Port, address, name);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Postfix.DisposeAsync();
        }
        finally
        {
            await Pmilter.DisposeAsync();
            _folder.Dispose();
        }
    }
}
