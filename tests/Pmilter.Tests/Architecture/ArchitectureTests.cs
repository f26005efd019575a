using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Pmilter.Tests.Architecture;

public sealed partial class ArchitectureTests
{
    private const int MaxLines = 350;

    /// <summary>From the bottom up: each may use those before it.</summary>
    private static readonly string[] Line = ["Pmilter.Protocol", "Pmilter.Policies", "Pmilter.Effects", "pmilter"];

    public static TheoryData<string> Assemblies => [.. Line];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void References_OfAnAssembly_AreOnlyBelowIt(string name)
    {
        var below = Line.TakeWhile(other => other != name);

        var ours = Assembly.Load(name).GetReferencedAssemblies().Select(reference => reference.Name!).Where(Line.Contains);

        Assert.Empty(ours.Except(below, StringComparer.Ordinal));
    }

    [Fact]
    public void Projects_OfTheLine_ReferenceTheirNeighbourAlone()
    {
        var neighbours = new[] { "Pmilter.Protocol", "Pmilter.Policies", "Pmilter.Effects", "Pmilter" }
            .Select(project => ProjectReference().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, "src", project, $"{project}.csproj"))))
            .Select(matches => string.Join(' ', matches.Select(match => match.Groups[1].Value)));

        Assert.Equal(["", "Pmilter.Protocol", "Pmilter.Policies", "Pmilter.Effects"], neighbours);
    }

    [Fact]
    public void Protocol_Uses_TheBaseLibraryAlone() =>
        Assert.All(
            Assembly.Load("Pmilter.Protocol").GetReferencedAssemblies(),
            reference => Assert.StartsWith("System.", reference.Name, StringComparison.Ordinal));

    [Fact]
    public void LogEvents_OfAllAssemblies_HaveTheirOwnIds()
    {
        var ids = Line
            .SelectMany(name => Assembly.Load(name).GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
            .Select(method => (Method: method, Message: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(pair => pair.Message is not null)
            .GroupBy(pair => pair.Message!.EventId)
            .ToList();

        Assert.NotEmpty(ids);
        Assert.Empty(ids.Where(id => id.Count() > 1).Select(id => $"{id.Key}: {string.Join(", ", id.Select(pair => pair.Method.DeclaringType + "." + pair.Method.Name))}"));
    }

    /// <summary>An id belongs to one family of messages, in one file, so that the documentation can explain each.</summary>
    [Fact]
    public void DiagnosticIds_OfAllSources_StandInOneFile()
    {
        var places = SourceTree.Sources("src")
            .SelectMany(path => DiagnosticId().Matches(File.ReadAllText(path)).Select(match => (Id: match.Groups[1].Value, File: Path.GetFileName(path))))
            .Distinct()
            .GroupBy(place => place.Id, StringComparer.Ordinal);

        Assert.Empty(places.Where(id => id.Count() > 1).Select(id => $"{id.Key}: {string.Join(", ", id.Select(place => place.File))}"));
    }

    [Fact]
    public void Files_OfTheSources_AreShort() =>
        Assert.All(SourceTree.Sources("src"), path => Assert.InRange(File.ReadLines(path).Count(), 0, MaxLines));

    [GeneratedRegex(@"ProjectReference Include=""[^""]*/(Pmilter[^/]*)\.csproj""")]
    private static partial Regex ProjectReference();

    [GeneratedRegex(@"""(PM[0-9]{3})""")]
    private static partial Regex DiagnosticId();
}
