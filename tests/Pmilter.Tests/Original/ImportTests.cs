using Pmilter.Commands;
using Pmilter.Configuration.Original;
using Pmilter.Policies.Text;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Original;

/// <summary>From the pmilter.conf of the original, mruby-based pmilter to files of ours.</summary>
public sealed class ImportTests : IDisposable
{
    private const string Whole = """
        [server]
        # a socket
        listen = "inet:12525@127.0.0.1"
        timeout = 7210
        log_level = "notice"
        mruby_handler = true
        listen_backlog = 128
        debug = 0
        min_worker = 32

        [handler.config]
        mruby_postconfig_handler = "handler/postconfig.rb"
        mruby_master_exit_handler = "handler/master_exit.rb"

        [handler.session]
        mruby_connect_handler = "handler/connect.rb"
        mruby_envfrom_handler = "handler/mail's.rb"
        mruby_envrcpt_handler = "handler/rcpt.rb"
        mruby_eom_handler = "handler/eom.rb"
        """;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"pmilter-import-{Guid.NewGuid():N}");

    public ImportTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "handler"));
        foreach (var name in new[] { "postconfig", "master_exit", "connect", "mail's", "rcpt", "eom" })
        {
            File.WriteAllText(Path.Combine(_folder, "handler", $"{name}.rb"), "Pmilter.status = Pmilter::SMFIS_CONTINUE\n");
        }
    }

    private string Conf => Path.Combine(_folder, "pmilter.conf");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Import_OfAWholeConfiguration_WritesServerAndPolicy()
    {
        await File.WriteAllTextAsync(Conf, Whole);

        var run = await CommandRun.OfAsync("import", Conf, "--to", Path.Combine(_folder, "new"));

        Assert.Equal(0, run.ExitCode);
        var server = await File.ReadAllTextAsync(Path.Combine(_folder, "new", "pmilter.yaml"));
        Assert.Equal(
            $"""
            # Imported from {Conf}.

            server:
              listen: ['inet:12525@127.0.0.1']
              idle_timeout: 7210s

            policies:
              dir: policies

            geoip:
              country: ''

            log:
              level: notice

            ruby:
              postconfig: '{_folder}/handler/postconfig.rb'
              master_exit: '{_folder}/handler/master_exit.rb'

            """,
            server);
        var policy = await File.ReadAllTextAsync(Path.Combine(_folder, "new", "policies", "10-original.yaml"));
        Assert.EndsWith(
            $"""

            handlers:
              connect: '{_folder}/handler/connect.rb'
              mail: '{_folder}/handler/mail''s.rb'
              rcpt: '{_folder}/handler/rcpt.rb'
              eom: '{_folder}/handler/eom.rb'

            """,
            policy,
            StringComparison.Ordinal);
        Assert.Equal(["PM327", "PM327", "PM327"], Ids(run.Error));
    }

    [Fact]
    public async Task Import_OverFilesThatAreThere_IsRefusedWithoutForce()
    {
        await File.WriteAllTextAsync(Conf, Whole);
        var mine = Path.Combine(_folder, "pmilter.yaml");
        await File.WriteAllTextAsync(mine, "mine");

        Assert.Equal(2, (await CommandRun.OfAsync("import", Conf, "--to", _folder)).ExitCode);
        Assert.Equal("mine", await File.ReadAllTextAsync(mine));
        Assert.Equal(0, (await CommandRun.OfAsync("import", Conf, "--to", _folder, "--dry-run")).ExitCode);
        Assert.Equal("mine", await File.ReadAllTextAsync(mine));
        Assert.Equal(0, (await CommandRun.OfAsync("import", Conf, "--to", _folder, "--force")).ExitCode);
        Assert.NotEqual("mine", await File.ReadAllTextAsync(mine));
    }

    [Theory]
    [InlineData("listen = \"inet:127.0.0.1:12525\"", "inet:12525@127.0.0.1", "PM323")]
    [InlineData("listen = \"inet:12525\"", "inet:12525@127.0.0.1", "PM324")]
    [InlineData("listen = \"inet6:12525\"", "inet6:12525@::1", "PM324")]
    [InlineData("listen = \"inet6:12525@::1\"", "inet6:12525@::1", null)]
    [InlineData("listen = \"unix:/run/p.sock\"", "unix:/run/p.sock", null)]
    [InlineData("listen = \"local:/run/p.sock\"", "unix:/run/p.sock", null)]
    [InlineData("listen = \"/run/p.sock\"", "unix:/run/p.sock", null)]
    [InlineData("listen = \"inet:smtp@127.0.0.1\"", "", "PM322")]
    [InlineData("listen = \"nonsense\"", "", "PM322")]
    [InlineData("listen = 25", "", "PM325")]
    [InlineData("timeout = 7210", "", "PM321")]
    [InlineData("listen = \"/x\"\ntimeout = \"long\"", "unix:/x", "PM325")]
    [InlineData("listen = \"/x\"\nlog_level = \"loud\"", "unix:/x", "PM328")]
    [InlineData("listen = \"/x\"\nmruby_handlers = true", "unix:/x", "PM326")]
    [InlineData("listen = \"/x\"\n[handler.session]\nmruby_envform_handler = \"x.rb\"", "unix:/x", "PM326")]
    [InlineData("listen = \"/x\"\nmruby_handler = false\n[handler.session]\nmruby_eom_handler = \"x.rb\"", "unix:/x", "PM331")]
    [InlineData("listen = ", "", "PM320")]
    [InlineData("listen = \"\\uD800\"", "", "PM320")]
    [InlineData("\"\\UFFFFFFFF\" = 1", "", "PM320")]
    public void Read_OneThing_OneDiagnostic(string text, string listen, string? id)
    {
        var diagnostics = new DiagnosticBag();
        var original = OriginalReader.Read(new SourceText("pmilter.conf", $"[server]\n{text}\n"), diagnostics);

        Assert.Equal(listen, original.Listen);
        Assert.Equal(id, diagnostics.All.Count > 0 ? diagnostics.All[0].Id : null);
        Assert.True(diagnostics.All.Count <= 1 || id == "PM320", string.Join('\n', diagnostics.All));
    }

    [Fact]
    public void Read_TheTrap_SaysWhichPortTheOriginalOpened()
    {
        var diagnostics = new DiagnosticBag();
        OriginalReader.Read(new SourceText("pmilter.conf", "[server]\nlisten = \"inet:127.0.0.1:12525\"\n"), diagnostics);

        Assert.Equal(
            """
            pmilter.conf:2:10: warning PM323: the original read 'inet:127.0.0.1:12525' as port 127 on every address, since libmilter wants PORT@HOST
                2 | listen = "inet:127.0.0.1:12525"
                  |          ^^^^^^^^^^^^^^^^^^^^^^ taken as it was meant: inet:12525@127.0.0.1

            """,
            DiagnosticRenderer.Render(diagnostics.All));
    }

    [Fact]
    public async Task Import_OfAHandlerThatIsNotThere_IsAnErrorAndWritesNothing()
    {
        await File.WriteAllTextAsync(Conf, Whole.Replace("connect.rb", "conect.rb", StringComparison.Ordinal));

        var run = await CommandRun.OfAsync("import", Conf, "--to", Path.Combine(_folder, "new"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("PM329", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "new")));
    }

    [Fact]
    public async Task Import_OfNoFile_EndsWithThree() =>
        Assert.Equal(3, (await CommandRun.OfAsync("import", Path.Combine(_folder, "none.conf"))).ExitCode);

    [Fact]
    public async Task Settings_OfAConfFile_AreThoseOfItsImport()
    {
        await File.WriteAllTextAsync(Conf, Whole);
        var diagnostics = new DiagnosticBag();

        var settings = SettingsReader.Read(Conf, diagnostics);

        Assert.False(diagnostics.HasErrors);
        Assert.Equal("inet:127.0.0.1:12525", $"{settings.Listen[0].Address}");
        Assert.Equal(TimeSpan.FromSeconds(7210), settings.Session.IdleTimeout);
        Assert.Equal(Path.Combine(_folder, "handler/postconfig.rb"), settings.Ruby.PostConfig);
        Assert.Contains($"connect: '{_folder}/handler/connect.rb'", settings.InlinePolicy!.Text, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Ids(string error) =>
        System.Text.RegularExpressions.Regex.Matches(error, "PM\\d{3}", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)).Select(match => match.Value);
}
