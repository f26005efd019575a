using Pmilter.Policies.Lookups;
using Pmilter.Policies.Mail;

namespace Pmilter.Policies.Binding.Catalogs;

/// <summary>Functions of facts: headers, macros, parameters, state, recipients, time.</summary>
internal static class FactFunctions
{
    public static IReadOnlyList<Function> All { get; } =
    [
        Of("header", "header('Name')", "The first header of that name, unfolded and decoded; ''.", 1, 1, FactBinding.Header) with { First = Phase.Eoh },
        Of("has_header", "has_header('Name')", "Whether there is such a header.", 1, 1, FactBinding.HasHeader) with { First = Phase.Eoh },
        Of("header_count_of", "header_count_of('Name')", "How many headers have that name.", 1, 1, FactBinding.HeaderCount) with { First = Phase.Eoh },
        Of("auth_result", "auth_result('spf')", "What is known of spf, dkim, dmarc, arc or iprev: 'pass', 'fail', 'none' …; '' for nothing. With auth.check spf (from mail on), dkim and dmarc (at eom) are Pmilter's own; the rest is what a trusted server's Authentication-Results say, from eoh on.", 1, 1, AuthenticationBinding.Result) with { First = Phase.Eoh, IsLookup = true },
        Of("dkim_aligned", "dkim_aligned(domain)", "A DKIM signature of the domain, or of one under the same registered domain, has passed: Pmilter's own check at eom with auth.check, else what a trusted server's Authentication-Results say.", 1, 1, AuthenticationBinding.Aligned) with { First = Phase.Eoh, IsLookup = true },
        Of("macro", "macro('{name}')", "A macro of the MTA; '' when it was not sent.", 1, 1, FactBinding.Macro),
        Of("mail_param", "mail_param('SIZE')", "The value of a parameter of MAIL; its own name where it has none; ''.", 1, 1, FactBinding.MailParameter) with { First = Phase.Mail },
        Of("counter", "counter('c') or counter('c', key, …)", "The count, this event in it from the counter's phase on; under another key as it stands.", 1, int.MaxValue, StateBinding.Counter),
        Of("banned", "banned('b') or banned('b', key, …)", "The ban holds for its own key here, or for the given one.", 1, int.MaxValue, StateBinding.Banned),
        Of("remembered", "remembered('m') or remembered('m', value, …)", "The memory holds its own key here, or the given values, in the order of its key.", 1, int.MaxValue, StateBinding.Remembered),
        Of("tagged", "tagged('word')", "A rule has set the tag.", 1, 1, FactBinding.Tagged),
        Of("var", "var('name')", "What a rule has set; '', 0 or false before.", 1, 1, FactBinding.Variable),
        Of("any_rcpt", "any_rcpt(cond)", "It holds for a recipient that nobody refused.", 1, 1, static call => RecipientBinding.Any(call, true)) with { First = Phase.Data },
        Of("all_rcpt", "all_rcpt(cond)", "It holds for all of them.", 1, 1, static call => RecipientBinding.Any(call, false)) with { First = Phase.Data },
        Of("rcpts", "rcpts(cond)", "For how many of them it holds.", 1, 1, RecipientBinding.Count) with { First = Phase.Data },
        Of("time_between", "time_between('22:00', '06:00')", "Time of day in server.zone, from the first until before the second, over midnight too.", 2, 2, TimeBinding.Between),
        Of("days_since", "days_since('2026-03-01')", "Whole days since that day began, in server.zone; negative before it.", 1, 1, TimeBinding.DaysSince),
        Of("dnsbl", "dnsbl('zone') or dnsbl('zone', x)", "The entry of the client's address, or of an address or domain, in a DNS list: '127.0.0.2', of several the lowest; '' when not listed.", 1, 2, LookupBinding.List) with { IsLookup = true },
        Of("dnswl", "dnswl('zone') or dnswl('zone', x)", "The same in a list of good ones.", 1, 2, LookupBinding.List) with { IsLookup = true },
        Of("has_mx", "has_mx(domain)", "The domain has an MX record, and not the null MX (RFC 7505).", 1, 1, LookupBinding.HasMailExchanger) with { IsLookup = true },
        Of("resolves", "resolves(host)", "The name has an IPv4 or IPv6 address.", 1, 1, LookupBinding.Resolves) with { IsLookup = true },
    ];

    private static Function Of(string name, string signature, string summary, int least, int most, Func<CallBinding, TypedNode?> binder) =>
        new(name, signature, summary) { LeastArguments = least, MostArguments = most, Binder = binder };
}
