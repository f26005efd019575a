using Pmilter.Policies.Evaluation;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Tests.Engine;

/// <summary>A connection that goes on by one SMTP command at a time, and the model beside it.</summary>
internal sealed class ModelledClient(Scenario scenario, LimitCase limit, WindowModel model, List<ModelHit> admitted)
{
    private readonly List<ModelHit> _hits = [];
    private SmtpClient? _client;
    private string _key = string.Empty;
    private int _step;
    private bool _isBad;

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
                Data(choice);
                break;
            case 5:
                Expect("eoh", _key, Client.Eoh());
                break;
            default:
                End();
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
        var member = $"{user}@example.jp";
        var decision = Client.Rcpt(member);
        if (!limit.IsPerRecipient)
        {
            Assert.Equal(user == "bad" ? "bad_recipient" : string.Empty, decision.RuleOf());
            return;
        }

        var hit = model.Arrive(_key, member, Now);
        var isAdmitted = user != "bad" && model.Admits(hit, Now);
        Assert.Equal(user == "bad" ? "bad_recipient" : isAdmitted ? string.Empty : "limit", decision.RuleOf());
        if (isAdmitted)
        {
            _hits.Add(hit);
        }
        else if (user == "bad")
        {
            model.Refuse(hit);
        }
    }

    private void Data(int choice)
    {
        if (Client.Data().RuleOf() == "bad_sender")
        {
            Forget();
            return;
        }

        _isBad = choice % 5 == 0;
        Client.Header("Subject", _isBad ? "bad" : "good");
    }

    /// <summary>A phase at which the message may be counted, and the limit may stand.</summary>
    private void Expect(string phase, string key, Decision decision)
    {
        if (limit.Phase == phase)
        {
            _hits.Add(model.Arrive(key, string.Empty, Now));
        }

        var isAdmitted = limit.IsPerRecipient || limit.LimitPhase != phase || model.Admits(_hits[0], Now);
        Assert.Equal((isAdmitted ? string.Empty : "limit", 0), (decision.RuleOf(), decision.Errors.Count));
        if (!isAdmitted)
        {
            // The session tells the handler nothing more of a message that it has refused.
            Forget();
        }
    }

    private void End()
    {
        var decision = Client.Eom();
        if (decision.RuleOf() == "bad_subject")
        {
            Assert.True(_isBad);
            if (limit.Phase == "eom")
            {
                _hits.Add(model.Arrive(_key, string.Empty, Now));
            }

            Forget();
            return;
        }

        Expect("eom", _key, decision);
        Assert.False(_isBad && decision.Outcome == "continue");
        admitted.AddRange(_hits);
        _hits.Clear();
        Forget();
    }

    private void Forget()
    {
        _hits.ForEach(model.Refuse);
        _hits.Clear();
        _step = 0;
    }
}
