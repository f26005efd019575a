using Pmilter.Policies.Evaluation;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Tests.Engine;

/// <summary>A connection that goes on by one SMTP command at a time, and the model beside it.</summary>
internal sealed class ModelledClient(Scenario scenario, LimitCase limit, WindowModel model, List<ModelHit> admitted)
{
    private readonly List<ModelHit> _hits = [];
    private SmtpClient? _client;
    private string _key = string.Empty;
    private int _step;

    private SmtpClient Client => _client ??= scenario.Connect();

    private DateTimeOffset Now => scenario.Time.GetUtcNow();

    /// <summary>mail, one to three recipients, data, subject, eoh, eom.</summary>
    public void Step(string key, int choice)
    {
        switch (_step++)
        {
            case 0:
                _key = key;
                Expect("mail", key, Client.Mail(key));
                break;
            case 1 or 2 or 3:
                Recipient(choice);
                _step = choice % 3 == 0 ? 4 : _step;
                break;
            case 4:
                Client.Data();
                Client.Header("Subject", choice % 5 == 0 ? "bad" : "good");
                break;
            case 5:
                Expect("eoh", _key, Client.Eoh());
                break;
            default:
                End(Client.Eom());
                break;
        }
    }

    public void Abort()
    {
        if (_step > 0)
        {
            Client.Abort();
            Forget();
        }
    }

    public void Disconnect()
    {
        Abort();
        _client?.Close();
        _client = null;
    }

    private void Recipient(int choice)
    {
        var user = choice % 7 == 0 ? "bad" : $"u{choice % 6}";
        var decision = Client.Rcpt($"{user}@example.jp");
        if (!limit.IsPerRecipient)
        {
            Assert.Equal(user == "bad" ? "bad_recipient" : null, decision.Rule?.Id);
            return;
        }

        var member = $"{user}@example.jp";
        if (user == "bad")
        {
            Assert.Equal("bad_recipient", decision.Rule?.Id);
            model.ArriveRefused(_key, member, Now);
            return;
        }

        Judge(model.Arrive(_key, member, Now), decision);
    }

    /// <summary>The limit stands at this phase, or nothing is refused here.</summary>
    private void Expect(string phase, string key, Decision decision)
    {
        if (limit.Phase != phase)
        {
            Assert.Equal(VerdictKind.Continue, decision.Verdict.Kind);
            return;
        }

        var hit = model.Arrive(key, string.Empty, Now);
        Judge(hit, decision);
        if (hit is null)
        {
            // The session tells the handler nothing more of a message that it has refused itself.
            Forget();
        }
    }

    private void Judge(ModelHit? expected, Decision decision)
    {
        Assert.Equal((expected is null ? "limit" : null, 0), (decision.Rule?.Id, decision.Errors.Count));
        if (expected is not null)
        {
            _hits.Add(expected);
        }
    }

    private void End(Decision decision)
    {
        if (decision.Verdict.Kind == VerdictKind.Continue)
        {
            admitted.AddRange(_hits);
            _hits.Clear();
        }

        Forget();
    }

    private void Forget()
    {
        _hits.ForEach(model.Refuse);
        _hits.Clear();
        _step = 0;
    }
}
