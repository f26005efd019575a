using Pmilter.Policies.Facts;

namespace Pmilter.Policies.Authentication.Dkim;

/// <summary>Verifies a message's DKIM signatures (RFC 6376, 8301, 8463).</summary>
internal static class DkimCheck
{
    /// <summary>One outcome a signature; none for a message without one.</summary>
    public static async ValueTask<IReadOnlyList<DkimOutcome>> RunAsync(INameService names, DkimMessage message, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (message.IsTruncated)
        {
            return [new DkimOutcome(DkimOutcome.Neutral, "the header is longer than content.headers_limit", null)];
        }

        var outcomes = new List<DkimOutcome>();
        foreach (var (signature, hash, clear) in message.Complete(now.ToUnixTimeSeconds()))
        {
            outcomes.Add(clear ?? await VerifyAsync(names, signature, hash, cancellationToken).ConfigureAwait(false));
        }

        outcomes.AddRange(message.Broken);
        return outcomes;
    }

    private static async ValueTask<DkimOutcome> VerifyAsync(INameService names, DkimSignature signature, byte[] hash, CancellationToken cancellationToken)
    {
        var answer = await names.AskAsync(new NameQuestion($"{signature.Selector}._domainkey.{signature.Domain}", NameRecordKind.Txt), cancellationToken).ConfigureAwait(false);
        if (answer.Outcome != NameOutcome.Found)
        {
            return answer.Outcome == NameOutcome.Failed
                ? new DkimOutcome(DkimOutcome.TempError, "no key now", signature)
                : new DkimOutcome(DkimOutcome.PermError, "no key", signature);
        }

        var error = string.Empty;
        if (answer.Records.Select(record => DkimKey.Read(record, signature, out error)).FirstOrDefault(read => read is not null) is not { } key)
        {
            return new DkimOutcome(DkimOutcome.PermError, error, signature);
        }

        if (key.IsStrict && signature.AgentDomain != signature.Domain)
        {
            return new DkimOutcome(DkimOutcome.PermError, "the key is not for subdomains", signature);
        }

        return key.Verify(hash, signature.Value, out error) switch
        {
            true => new DkimOutcome(DkimOutcome.Pass, string.Empty, signature),
            false => new DkimOutcome(DkimOutcome.Fail, "signature did not verify", signature),
            _ => new DkimOutcome(DkimOutcome.Policy, error, signature),
        };
    }
}
