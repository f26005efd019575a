using System.Net;
using System.Net.Sockets;
using Pmilter.Policies.Facts;

namespace Pmilter.Policies.Authentication.Spf;

/// <summary>
/// SPF (RFC 7208): whether a domain's record lets this client send for it. One instance a check. The explanation (<c>exp=</c>) is not asked for.
/// </summary>
internal sealed class SpfCheck
{
    private readonly SpfIdentity _identity;
    private readonly SpfQuestions _questions;
    private readonly SpfMacros _macros;
    private readonly SpfLimits _limits = new();

    private SpfCheck(INameService names, SpfIdentity identity, CancellationToken cancellationToken)
    {
        _identity = identity;
        _questions = new SpfQuestions(names, identity.Address, _limits, cancellationToken);
        _macros = new SpfMacros(identity, _questions.ValidatedNameAsync);
    }

    public static async ValueTask<SpfOutcome> RunAsync(INameService names, SpfIdentity identity, CancellationToken cancellationToken)
    {
        try
        {
            return await new SpfCheck(names, identity, cancellationToken).HostAsync(identity.Domain).ConfigureAwait(false);
        }
        catch (SpfStopException stop)
        {
            return stop.Outcome;
        }
    }

    /// <summary>check_host().</summary>
    private async ValueTask<SpfOutcome> HostAsync(string written)
    {
        if (SpfName.ReadDomain(written) is not { } domain)
        {
            return default;
        }

        var texts = await _questions.TextsAsync(domain).ConfigureAwait(false);
        var found = texts.Where(SpfRecord.Is).Take(2).ToArray();
        if (found.Length != 1)
        {
            return found.Length == 0 ? default : SpfOutcome.Broken($"{domain} has several SPF records");
        }

        if (SpfRecord.Read(found[0], out var error) is not { } record)
        {
            return SpfOutcome.Broken($"{domain}: {error}");
        }

        foreach (var term in record.Terms)
        {
            if (await MatchesAsync(term, domain).ConfigureAwait(false))
            {
                return new SpfOutcome(term.Word);
            }
        }

        return record.Redirect is { } redirect ? await RedirectAsync(redirect, domain).ConfigureAwait(false) : new SpfOutcome(SpfWord.Neutral);
    }

    private async ValueTask<SpfOutcome> RedirectAsync(string redirect, string domain)
    {
        CountTerm();
        var target = await _macros.ExpandAsync(redirect, domain).ConfigureAwait(false);
        var outcome = await HostAsync(target).ConfigureAwait(false);
        return outcome.Word == SpfWord.None ? SpfOutcome.Broken($"{domain} redirects to {target}, which has no SPF record") : outcome;
    }

    private async ValueTask<bool> MatchesAsync(SpfTerm term, string domain)
    {
        if (!term.AsksDns)
        {
            return term.Mechanism == SpfMechanism.All || IsWithin(term, term.Address!);
        }

        CountTerm();
        var written = term.Domain.Length == 0 ? domain : await _macros.ExpandAsync(term.Domain, domain).ConfigureAwait(false);
        if (term.Mechanism == SpfMechanism.Include)
        {
            return await IncludesAsync(written, domain).ConfigureAwait(false);
        }

        if (SpfName.Read(written) is not { } target)
        {
            return false;
        }

        return term.Mechanism switch
        {
            SpfMechanism.A => (await _questions.AddressesAsync(target).ConfigureAwait(false)).Any(address => IsWithin(term, address)),
            SpfMechanism.Mx => await ExchangesAsync(term, target).ConfigureAwait(false),
            SpfMechanism.Exists => await _questions.ExistsAsync(target).ConfigureAwait(false),
            _ => await _questions.IsNamedBelowAsync(target).ConfigureAwait(false),
        };
    }

    /// <summary>RFC 7208 5.2: a pass matches, an error is one of the whole, all else does not match.</summary>
    private async ValueTask<bool> IncludesAsync(string target, string domain)
    {
        var outcome = await HostAsync(target).ConfigureAwait(false);
        return outcome.Word switch
        {
            SpfWord.Pass => true,
            SpfWord.None => throw new SpfStopException(SpfOutcome.Broken($"{domain} includes {target}, which has no SPF record")),
            SpfWord.TempError or SpfWord.PermError => throw new SpfStopException(outcome),
            _ => false,
        };
    }

    private async ValueTask<bool> ExchangesAsync(SpfTerm term, string target)
    {
        foreach (var exchange in await _questions.ExchangesAsync(target).ConfigureAwait(false))
        {
            if (SpfName.Read(exchange) is { } host && (await _questions.AddressesAsync(host).ConfigureAwait(false)).Any(address => IsWithin(term, address)))
            {
                return true;
            }
        }

        return false;
    }

    private void CountTerm()
    {
        if (!_limits.Term())
        {
            throw new SpfStopException(SpfOutcome.Broken("more than 10 terms ask the DNS"));
        }
    }

    private bool IsWithin(SpfTerm term, IPAddress address)
    {
        if (address.AddressFamily != _identity.Address.AddressFamily)
        {
            return false;
        }

        var bits = address.AddressFamily == AddressFamily.InterNetwork ? term.PrefixOfIp4 : term.PrefixOfIp6;
        Span<byte> theirs = stackalloc byte[16];
        Span<byte> ours = stackalloc byte[16];
        address.TryWriteBytes(theirs, out _);
        _identity.Address.TryWriteBytes(ours, out _);
        var whole = bits / 8;
        return theirs[..whole].SequenceEqual(ours[..whole]) && (bits % 8 == 0 || (theirs[whole] ^ ours[whole]) >> (8 - (bits % 8)) == 0);
    }
}

/// <summary>Ends a check from within its includes.</summary>
internal sealed class SpfStopException(SpfOutcome outcome) : Exception(outcome.Reason)
{
    public SpfOutcome Outcome => outcome;
}
