using System.Text;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Tracing;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Sessions;

namespace Pmilter.TestKit.Scenarios;

/// <summary>One SMTP connection as the server's handler drives it: apply, then evaluate.</summary>
public sealed class SmtpClient
{
    private readonly Scenario _scenario;
    private readonly Transaction _transaction;
    private readonly MacroTable _macros;

    public SmtpClient(Scenario scenario, IGeoSource geo, string ip, string login, string host, int port, EvaluationTrace? trace = null)
    {
        _scenario = scenario;
        _macros = MacroTable.Of(login.Length == 0 ? new Dictionary<string, string>() : new Dictionary<string, string> { ["{auth_authen}"] = login, ["{auth_type}"] = "PLAIN" });
        _transaction = new Transaction(geo, "test");
        Engine = new PolicyEngine(scenario.Set, scenario.OtherStore ?? scenario.Store, _transaction, scenario.Engine) { Agreement = scenario.Agreement, Trace = trace };
        _transaction.Apply(new ConnectCommand(Bytes(host), ClientFamily.Inet, port, Bytes(ip)), _macros);
        Connected = Evaluate(Phase.Connect);
    }

    public PolicyEngine Engine { get; }

    public Transaction Transaction => _transaction;

    public Decision Connected { get; }

    public Decision Helo(string name = "mail.spam.example")
    {
        _transaction.Apply(new HeloCommand(Bytes(name)), _macros);
        return Evaluate(Phase.Helo);
    }

    public Decision Mail(string from = "a@spam.example", string parameters = "")
    {
        _transaction.Apply(new MailCommand(Bytes($"<{from}>"), Bytes(parameters)), _macros);
        return Evaluate(Phase.Mail);
    }

    public Decision Rcpt(string to)
    {
        _transaction.Apply(new RcptCommand(Bytes($"<{to}>"), default), _macros);
        return Evaluate(Phase.Rcpt);
    }

    public Decision Data()
    {
        _transaction.ApplyData(_macros);
        return Evaluate(Phase.Data);
    }

    public Decision Header(string name, string value)
    {
        _transaction.Apply(new HeaderCommand(Bytes(name), Bytes(value)), _macros);
        return Evaluate(Phase.Header);
    }

    public Decision Eoh()
    {
        _transaction.ApplyEndOfHeaders(_macros);
        return Evaluate(Phase.Eoh);
    }

    public Decision Body(string text)
    {
        _transaction.Apply(new BodyCommand(Bytes(text)), _macros);
        return Evaluate(Phase.Body);
    }

    public Decision Eom()
    {
        _transaction.ApplyEndOfMessage(_macros);
        var decision = Evaluate(Phase.Eom);
        _transaction.EndMessage();
        return decision;
    }

    public Decision Unknown(string line)
    {
        _transaction.Apply(new UnknownCommand(Bytes(line)));
        return Evaluate(Phase.Unknown);
    }

    public Decision Abort()
    {
        var decision = Engine.AbortAsync(_scenario.Time.GetUtcNow(), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        _transaction.EndMessage();
        return decision;
    }

    public Decision Close() => Engine.CloseAsync(_scenario.Time.GetUtcNow(), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <summary>A whole message; ends with the first verdict.</summary>
    public Decision Send(string from = "a@spam.example", string subject = "hello", params string[] recipients)
    {
        Func<Decision>[] events =
        [
            () => Helo(), () => Mail(from),
            .. (recipients.Length == 0 ? ["bob@example.jp"] : recipients).Select(r => (Func<Decision>)(() => Rcpt(r))),
            Data, () => Header("From", $"A <{from}>"), () => Header("Subject", subject), Eoh, () => Body("text\r\n"), Eom,
        ];
        foreach (var next in events)
        {
            var decision = next();
            if (decision.Verdict.Kind != VerdictKind.Continue || next == events[^1])
            {
                if (_transaction.IsInMessage)
                {
                    Abort();
                }

                return decision;
            }
        }

        return Decision.Continue;
    }

    private Decision Evaluate(Phase phase) =>
        Engine.EvaluateAsync(phase, _scenario.Time.GetUtcNow(), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
