using System.Text;
using Pmilter.Effects.Ruby;
using Pmilter.Policies.Scripts;

namespace Pmilter.Effects.Tests.Ruby;

/// <summary>What scripts see and may ask for, in a real Ruby.</summary>
public sealed class RubyApiTests : IAsyncLifetime
{
    private readonly RubyRig _rig = RubyRig.Make();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _rig.DisposeAsync().AsTask();

    [Fact]
    public async Task OriginalConstants_HaveTheirNumbers()
    {
        var result = await _rig.RunAsync("puts [Pmilter.name, Pmilter::SMFIS_CONTINUE, Pmilter::SMFIS_REJECT, Pmilter::SMFIS_DISCARD, Pmilter::SMFIS_ACCEPT, Pmilter::SMFIS_TEMPFAIL, Pmilter::SMFIS_NOREPLY, Pmilter::SMFIS_SKIP, Pmilter::SMFIS_ALL_OPTS].join(' ')");

        Assert.Equal(["pmilter 0 1 2 3 4 7 8 10"], result.Output);
    }

    [Fact]
    public async Task OriginalMethods_ReadTheirFields_AndMissingOnesAreEmpty()
    {
        _rig.Facts.Fields["client_ip"] = ScriptValue.Of("203.0.113.9");
        _rig.Facts.Fields["connect_host"] = ScriptValue.Of("mail.example");
        _rig.Facts.Fields["helo"] = ScriptValue.Of("helo.example");
        _rig.Facts.Fields["mail_from_raw"] = ScriptValue.Of("<a@b.example>");
        _rig.Facts.Fields["rcpt_addr_saved"] = ScriptValue.Of("c@d.example");
        _rig.Facts.Fields["receive_time"] = ScriptValue.Of(1_767_571_200d);
        _rig.Facts.Fields["body_chunk"] = ScriptValue.Of(Encoding.Latin1.GetBytes("raw \0\xff"));
        foreach (var (macro, value) in new[] { ("daemon_name", "mx"), ("j", "me.example"), ("i", "4F2A"), ("auth_authen", "alice"), ("tls_version", "TLSv1.3") })
        {
            _rig.Facts.Answers[$"macro {macro}"] = ScriptValue.Of(value);
        }

        var result = await _rig.RunAsync("""
            s = Pmilter::Session.new
            puts s.client_ipaddr, s.client_hostname, s.client_daemon, s.handler_phase_name, s.helo_hostname, s.envelope_from, s.envelope_to, s.rcpt_to
            puts s.receive_time.inspect, s.body_chunk.bytes.to_a.inspect, s.myhostname, s.message_id, s.auth_authen, s.tls_version
            puts [s.auth_type, s.auth_author, s.cert_issuer, s.cert_subject, s.cipher_bits, s.cipher, s.mail_addr, s.rcpt_addr].inspect
            """);

        Assert.Equal(string.Empty, result.Failure);
        Assert.Equal(
            [
                "203.0.113.9", "mail.example", "mx", "mruby_envfrom_handler", "helo.example", "<a@b.example>", "c@d.example", "c@d.example",
                "1767571200", "[114, 97, 119, 32, 0, 255]", "me.example", "4F2A", "alice", "TLSv1.3", "[\"\", \"\", \"\", \"\", \"\", \"\", \"\", \"\"]",
            ],
            result.Output);
    }

    [Theory]
    [InlineData("connect", "mruby_connect_handler")]
    [InlineData("rcpt", "mruby_envrcpt_handler")]
    [InlineData("eoh", "mruby_eoh_handler")]
    [InlineData("close", "mruby_close_handler")]
    public async Task HandlerPhaseName_IsTheOriginals(string phase, string name) =>
        Assert.Equal([name], (await _rig.RunAsync("puts Pmilter::Session.new.handler_phase_name", phase)).Output);

    [Theory]
    [InlineData("", 0)]
    [InlineData("Pmilter.status = Pmilter::SMFIS_REJECT", 1)]
    [InlineData("Pmilter.status = 1\nPmilter.status = 4", 4)]
    [InlineData("Pmilter.status = 99", 99)]
    public async Task Status_IsTheLastAndResetForEachCall(string source, int status)
    {
        await _rig.RunAsync("Pmilter.status = 3");

        Assert.Equal((ScriptOutcome.Completed, status), (await _rig.RunAsync(source)) is var result ? (result.Outcome, result.Status) : default);
    }

    [Theory]
    [InlineData("Pmilter.status = 'no'", "TypeError")]
    [InlineData("raise 'oh'", "h.rb:1: oh (RuntimeError)")]
    [InlineData("\n\nno_such_thing", "h.rb:3:")]
    [InlineData("if", "h.rb:2: syntax error")]
    [InlineData("exit", "SystemExit")]
    [InlineData("def f; f; end; f", "SystemStackError")]
    [InlineData("Pmilter.session.client_contry", "'client_contry' is no field")]
    [InlineData("Pmilter.session.counter('none')", "the policy has no counter 'none'")]
    [InlineData("fork", "handlers cannot fork")]
    [InlineData("Process.fork", "handlers cannot fork")]
    [InlineData("Pmilter::Session::Headers.new['X'] = 5", "TypeError")]
    [InlineData("Pmilter::Session::Headers.new['X'] = \"a\\0\"", "ArgumentError")]
    public async Task Mistake_IsToldWithItsPlace_AndTheNextCallIsWell(string source, string failure)
    {
        var result = await _rig.RunAsync(source);

        Assert.Equal(ScriptOutcome.Failed, result.Outcome);
        Assert.Contains(failure, result.Failure, StringComparison.Ordinal);
        Assert.Equal(["well"], (await _rig.RunAsync("puts 'well'")).Output);
    }

    [Fact]
    public async Task OriginalChanges_AreOperationsAtEomAndNothingBefore()
    {
        const string source = """
            s = Pmilter::Session.new
            puts s.change_envelope_from('<a@b.example>', 'RET=HDRS'), s.add_envelope_to('<c@d.example>'), s.add_rcpt_to('<e@f.example>')
            """;

        var early = await _rig.RunAsync(source, "mail");
        Assert.Equal(["-1", "-1", "-1"], early.Output);
        Assert.Empty(early.Operations);
        var eom = await _rig.RunAsync(source + "\nPmilter::Session::Headers.new['X-A'] = '1'", "eom");
        Assert.Equal(["0", "0", "0"], eom.Output);
        Assert.Equal(
            ["change_sender <a@b.example> RET=HDRS @2", "add_recipient <c@d.example> @2", "add_recipient <e@f.example> @2", "add_header X-A 1 @3"],
            eom.Operations.Select(Show));
    }

    [Fact]
    public async Task Header_OfTheHeaderPhase_IsAHashOfOne()
    {
        _rig.Facts.Fields["header_name"] = ScriptValue.Of("Subject");
        _rig.Facts.Fields["header_raw"] = ScriptValue.Of(" hello");

        Assert.Equal(["{\"Subject\"=>\"hello\"}"], (await _rig.RunAsync("puts Pmilter::Session::Headers.new.header.inspect.gsub(' => ', '=>')", "header")).Output);
    }

    [Fact]
    public async Task NewApi_AsksAndRecordsWithLines()
    {
        _rig.Facts.Fields["client_country"] = ScriptValue.Of("RU");
        _rig.Facts.Fields["declared_size"] = ScriptValue.Of(12d);
        _rig.Facts.Fields["authenticated"] = ScriptValue.Of(false);
        _rig.Facts.Answers["header Subject"] = ScriptValue.Of("café");
        _rig.Facts.Answers["headers"] = ScriptValue.Of([ScriptValue.Of([ScriptValue.Of("A"), ScriptValue.Of("1")])]);
        _rig.Facts.Answers["counter c k"] = ScriptValue.Of(2.5);
        _rig.Facts.Answers["in_list l v"] = ScriptValue.Of(true);
        _rig.Facts.Answers["tagged t"] = ScriptValue.Of(false);
        _rig.Facts.Answers["var x"] = ScriptValue.Of("y");

        var result = await _rig.RunAsync("""
            m = Pmilter.session
            puts [m.client_country, m.declared_size, m.authenticated, m.header('Subject'), m.headers, m.counter('c', 'k'), m.in_list?('l', 'v'), m.tagged?('t'), m.var('x')].inspect
            m['n'] = (m['n'] || 0) + 1
            m.tag 'odd'
            m.score 2.5
            m.ban 'b'
            m.delete_header 'X-A', 2
            m.reject '5.7.1 no'
            """);

        Assert.Equal(string.Empty, result.Failure);
        Assert.Equal(["[\"RU\", 12, false, \"café\", [[\"A\", \"1\"]], 2.5, true, false, \"y\"]"], result.Output);
        Assert.Equal(["tag odd @4", "score 2.5 @5", "ban b @6", "delete_header X-A 2 @7", "reject 5.7.1 no @8"], result.Operations.Select(Show));
    }

    [Fact]
    public async Task Status_AfterReject_IsTheLastWord()
    {
        var result = await _rig.RunAsync("Pmilter.session.reject '5.7.1 no'\nPmilter.status = Pmilter::SMFIS_ACCEPT");

        Assert.Equal((3, 0), (result.Status, result.Operations.Count));
    }

    [Fact]
    public async Task OnlyMentionedFacts_AreRead()
    {
        _rig.Facts.Fields["client_ip"] = ScriptValue.Of("192.0.2.1");
        await _rig.RunAsync("Pmilter.session.client_ip");
        Assert.Equal(["field client_ip"], _rig.Facts.Asked);

        _rig.Facts.Asked.Clear();
        Assert.Equal(["192.0.2.1"], (await _rig.RunAsync("puts Pmilter.session.send('client' + '_ip')")).Output);
        Assert.Equal(["field client_ip"], _rig.Facts.Asked);
    }

    [Fact]
    public async Task Globals_LiveAsLongAsTheirSession()
    {
        await using var one = new RubyRig(new RubyOptions { Workers = 1 });
        var path = one.Write("$n = ($n || 0) + 1\nputs $n");

        Assert.Equal(["1"], (await one.CallAsync(path, session: 1)).Output);
        Assert.Equal(["1"], (await one.CallAsync(path, session: 2)).Output);
        Assert.Equal(["2"], (await one.CallAsync(path, session: 1)).Output);
        Assert.Equal(["2"], (await one.CallAsync(path, session: 2)).Output);
        one.Host.EndSession(1);
        Assert.Equal(["1"], (await one.CallAsync(path, session: 3)).Output);
        Assert.Equal(["1"], (await one.CallAsync(path, session: 1)).Output);
        Assert.Equal(["3"], (await one.CallAsync(path, session: 2)).Output);
    }

    [Fact]
    public async Task Edit_TakesEffectAtTheNextCall_AndAMissingFileFails()
    {
        Assert.Equal(["one"], (await _rig.RunAsync("puts 'one'")).Output);
        Assert.Equal(["two!"], (await _rig.RunAsync("puts 'two!'")).Output);

        var missing = await _rig.CallAsync("/nowhere/h.rb");
        Assert.Equal(ScriptOutcome.Failed, missing.Outcome);
        Assert.Contains("there is no file /nowhere/h.rb", missing.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locals_ReturnAndEnd_AreTheScriptsOwn()
    {
        const string source = "puts defined?(left).inspect\nleft = 1\nreturn if left == 1\nputs 'not reached'\n__END__\nthis is no Ruby";

        Assert.Equal(["nil"], (await _rig.RunAsync(source)).Output);
        Assert.Equal(["nil"], (await _rig.RunAsync(source)).Output);
    }

    [Fact]
    public async Task Check_CompilesWithoutRunning()
    {
        var good = await _rig.Host.CheckAsync(_rig.Write("raise 'it ran'"), CancellationToken.None);
        var bad = await _rig.Host.CheckAsync(_rig.Write("x = 1\ny = )\n"), CancellationToken.None);

        Assert.Empty(good);
        Assert.Equal(2, Assert.Single(bad).Line);
    }

    [Fact]
    public async Task Bare_HasNoPmilter()
    {
        var result = await _rig.Host.RunBareAsync(_rig.Write("puts Object.const_defined?(:Pmilter)"), "postconfig", TimeSpan.FromSeconds(20));

        Assert.Equal(["false"], result.Output);
    }

    private static string Show(ScriptOperation operation) =>
        $"{operation.Name} {string.Join(' ', operation.Arguments.Select(value => value.Text ?? $"{value.Number}"))} @{operation.Line}";
}
