using Pmilter.Policies.Mail;

namespace Pmilter.Policies.Binding.Catalogs;

/// <summary>Functions of what a message contains; inside any_part and its like of that part alone.</summary>
internal static class ContentFunctions
{
    public static IReadOnlyList<Function> All { get; } =
    [
        Of("body_contains", "body_contains('text')", "A text part contains it, decoded, ignoring case; HTML also without its tags.", 1, ContentBinding.BodyContains),
        Of("body_matches", "body_matches('pattern')", "The pattern is found in a text part, decoded; HTML also without its tags.", 1, ContentBinding.BodyMatches),
        Of("attachment_ext_in", "attachment_ext_in('exe', …)", "A file name, in zip archives too, has one of these extensions.", int.MaxValue, ContentBinding.ExtensionIn),
        Of("attachment_matches", "attachment_matches('pattern')", "The pattern is found in a file name, in zip archives too.", 1, ContentBinding.NameMatches),
        Of("any_part", "any_part(cond)", "It holds for a part of the message.", 1, ContentBinding.Any),
        Of("parts", "parts(cond)", "For how many parts it holds.", 1, ContentBinding.Count),
    ];

    private static Function Of(string name, string signature, string summary, int most, Func<CallBinding, TypedNode?> binder) =>
        new(name, signature, summary) { First = Phase.Eom, LeastArguments = 1, MostArguments = most, Binder = binder };
}
