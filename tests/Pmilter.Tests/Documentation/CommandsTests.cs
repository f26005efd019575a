using System.Text.RegularExpressions;
using Pmilter.Commands;
using Pmilter.Tests.Architecture;

namespace Pmilter.Tests.Documentation;

/// <summary>Commands that the documents name are ones that the program has, with the options that they show.</summary>
public sealed partial class CommandsTests
{
    public static TheoryData<string> Documents() => [.. Directory.EnumerateFiles(SourceTree.Root, "*.md")
        .Concat(Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "docs"), "*.md"))
        .Where(path => Written().IsMatch(File.ReadAllText(path)))
        .Select(path => Path.GetRelativePath(SourceTree.Root, path))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Document_Commands_AreKnown(string document)
    {
        var commands = Written().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, document)).Replace("\\\n", " ", StringComparison.Ordinal)).Select(match => match.Groups["words"].Value.Trim());

        Assert.All(commands, command => Assert.Equal(string.Empty, Fault(command)));
    }

    [Theory]
    [InlineData("bnas rm")]
    [InlineData("find --recipient bob")]
    public void Fault_OfAnUnknownWord_IsNoticed(string command) => Assert.NotEqual(string.Empty, Fault(command));

    /// <summary>A name alone is a mention: what it needs beside it need not be there, but a word that it does not know must not.</summary>
    private static string Fault(string command)
    {
        var parsed = CommandLine.Parse([.. Word().Matches(command).Select(word => word.Value.Trim('\'', '"'))], new Terminal(TextWriter.Null, TextWriter.Null));
        return string.Join("; ", parsed.Errors.Select(error => error.Message).Where(message => message.Contains("Unrecognized", StringComparison.Ordinal)));
    }

    // In a line of its own, indented or behind a prompt, or in backticks.
    [GeneratedRegex(@"(?:^(?: {4}|[$#] )|`)(?:\./)?pmilter (?<words>[a-z][^`\n#|&;…]*)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Written();

    [GeneratedRegex(@"'[^']*'|""[^""]*""|\S+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Word();
}
