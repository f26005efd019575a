using System.Reflection;
using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Library;

/// <summary>The shipped policies, carried along in the program.</summary>
internal static class PolicyLibrary
{
    private const string Prefix = "library/";
    private const string Everything = "all";

    private static readonly Assembly Program = typeof(PolicyLibrary).Assembly;

    /// <summary>In the order of their files.</summary>
    public static IReadOnlyList<LibraryPolicy> All { get; } =
        [.. Program.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && !name[Prefix.Length..].Contains('/', StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => LibraryPolicy.Read(name[Prefix.Length..], Text(name[Prefix.Length..])))];

    /// <summary>Those that are named, in the order of their files; <c>all</c> for all.</summary>
    /// <exception cref="ServerStartException">There is none of that name.</exception>
    public static IReadOnlyList<LibraryPolicy> Find(IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (name != Everything && !All.Any(policy => policy.Names.Contains(name, StringComparer.Ordinal)))
            {
                var hint = Suggestion.For(name, All.SelectMany(policy => policy.Names.Take(3)));
                throw new ServerStartException($"The library has no policy '{name}'{(hint is null ? "." : $"; {hint}")} 'pmilter init' alone lists them.");
            }
        }

        return [.. All.Where(policy => names.Any(name => name == Everything || policy.Names.Contains(name, StringComparer.Ordinal)))];
    }

    /// <param name="path">Relative to the folder of the policies: <c>lists/partners.txt</c>.</param>
    public static string Text(string path)
    {
        using var stream = Program.GetManifestResourceStream(Prefix + path) ?? throw new InvalidDataException($"The library has no {path}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
