using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>Finds comments behind scalars; YAML's parser drops them.</summary>
internal static class YamlComments
{
    public static bool FollowsOnLine(SourceSpan span)
    {
        var text = span.Source.Text;
        var at = span.Start + span.Length;
        var start = at;
        while (at < text.Length && (text[at] is ' ' or '\t'))
        {
            at++;
        }

        return at > start && at < text.Length && text[at] == '#';
    }
}
