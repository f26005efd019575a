using DnsClient;
using DnsClient.Protocol;
using Pmilter.Policies.Facts;

namespace Pmilter.Effects.Dns;

/// <summary>From DnsClient's response to an answer: records of the name that was asked for, aliases followed, and how long they hold.</summary>
internal static class DnsReplyReader
{
    /// <summary>Longer chains of aliases are a loop, or as good as one.</summary>
    private const int MostAliases = 16;

    public static DnsReply Read(NameQuestion question, IDnsQueryResponse response)
    {
        // A response to another question is none to this one, whoever sent it.
        if (!response.Questions.All(asked => question.Name.Equals(NameOf(asked.QueryName), StringComparison.Ordinal)))
        {
            return DnsReply.Silent("the response was to another question");
        }

        return response.Header.ResponseCode switch
        {
            DnsHeaderResponseCode.NoError => Records(question, response),
            DnsHeaderResponseCode.NotExistentDomain => new DnsReply(DnsReplyKind.Answered, NameAnswer.NotFound, Negative(response)),
            var code => DnsReply.Declined($"the server answered {code}"),
        };
    }

    private static DnsReply Records(NameQuestion question, IDnsQueryResponse response)
    {
        var (owner, seconds) = Owner(question.Name, response);
        var own = response.Answers.Where(record => NameOf(record.DomainName) == owner).ToArray();
        string[] records = question.Kind switch
        {
            NameRecordKind.A => [.. own.OfType<ARecord>().Select(record => record.Address.ToString())],
            NameRecordKind.Aaaa => [.. own.OfType<AaaaRecord>().Select(record => record.Address.ToString())],
            NameRecordKind.Mx => [.. own.OfType<MxRecord>().OrderBy(record => record.Preference).Select(record => NameOf(record.Exchange))],
            NameRecordKind.Ptr => [.. own.OfType<PtrRecord>().Select(record => NameOf(record.PtrDomainName))],
            _ => [.. own.OfType<TxtRecord>().Select(record => string.Concat(record.Text))],
        };
        if (records.Length == 0)
        {
            return new DnsReply(DnsReplyKind.Answered, NameAnswer.NoData, Negative(response));
        }

        return new DnsReply(DnsReplyKind.Answered, NameAnswer.Found(records), TimeSpan.FromSeconds(own.Min(record => Math.Min(record.InitialTimeToLive, seconds))));
    }

    /// <summary>The name behind aliases, and the shortest TTL on the way.</summary>
    private static (string Name, int Seconds) Owner(string name, IDnsQueryResponse response)
    {
        var seconds = int.MaxValue;
        for (var i = 0; i < MostAliases && response.Answers.OfType<CNameRecord>().FirstOrDefault(alias => NameOf(alias.DomainName) == name) is { } alias; i++)
        {
            seconds = Math.Min(seconds, alias.InitialTimeToLive);
            name = NameOf(alias.CanonicalName);
        }

        return (name, seconds);
    }

    /// <summary>RFC 2308 5: the lesser of the SOA's minimum and its own TTL.</summary>
    private static TimeSpan? Negative(IDnsQueryResponse response) =>
        response.Authorities.OfType<SoaRecord>().FirstOrDefault() is { } soa ? TimeSpan.FromSeconds(Math.Min(soa.Minimum, soa.InitialTimeToLive)) : null;

    private static string NameOf(DnsString name)
    {
        var text = name.Value.ToLowerInvariant();
        return text.Length > 1 && text.EndsWith('.') ? text[..^1] : text;
    }
}
