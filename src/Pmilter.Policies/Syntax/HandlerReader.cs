using System.Collections.Immutable;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Policies.Syntax;

/// <summary>Reads <c>handlers: { connect: handlers/connect.rb, … }</c>: each is a rule <c>handler_connect</c> behind the file's other rules of that phase.</summary>
internal static class HandlerReader
{
    public static ImmutableArray<RuleSyntax> Read(MappingReader file)
    {
        if (file.Nested("handlers", "phases and Ruby files: { eom: handlers/eom.rb }") is not { } mapping)
        {
            return [];
        }

        var handlers = new MappingReader(mapping, PolicyKeys.Handlers, file.Diagnostics, OriginalNames);
        var rules = ImmutableArray.CreateBuilder<RuleSyntax>();
        foreach (var (word, phase) in PolicyWords.Phases)
        {
            if (handlers.KeyOf(word) is { } key && handlers.Scalar(word, "a Ruby file") is { } path)
            {
                rules.Add(Rule(key, word, phase, path));
            }
        }

        return rules.ToImmutable();
    }

    private static Dictionary<string, string> OriginalNames { get; } = new(StringComparer.Ordinal) { ["envfrom"] = "write mail:", ["envrcpt"] = "write rcpt:" };

    private static RuleSyntax Rule(YamlScalar key, string word, Phase phase, YamlScalar path) => new(
        new Located<string>($"handler_{word}", key.Span),
        new Located<Phase>(phase, key.Span),
        When: null,
        Unless: null,
        Limit: null,
        [new StepSyntax(new Located<string>("ruby", key.Span), path, path.Span)],
        Mode: null,
        Schedule: null,
        From: null,
        Until: null,
        OnError: null,
        Timeout: null,
        IncludesProtected: false,
        IncludesMtaRefused: false,
        Tags: [],
        Description: string.Empty,
        Owner: string.Empty,
        key.Span.To(path.Span));
}
