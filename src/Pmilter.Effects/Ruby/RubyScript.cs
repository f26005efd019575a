using System.Text;
using System.Text.RegularExpressions;
using Pmilter.Policies.Binding.Catalogs;

namespace Pmilter.Effects.Ruby;

/// <summary>A script's text, looked at again when its time or size has changed, and the facts that it mentions: those are sent with each call.</summary>
internal sealed partial class RubyScript(string path)
{
    private readonly Lock _gate = new();
    private (DateTime Time, long Bytes) _seen;
    private RubyScriptText? _text;

    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public RubyScriptText Read()
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new FileNotFoundException($"there is no file {path}");
        }

        var seen = (file.LastWriteTimeUtc, file.Length);
        lock (_gate)
        {
            if (_text is null || seen != _seen)
            {
                _text = Of(path, File.ReadAllBytes(path));
                _seen = seen;
            }

            return _text;
        }
    }

    private static RubyScriptText Of(string path, byte[] bytes)
    {
        var words = Words().Matches(Encoding.Latin1.GetString(bytes)).Select(word => word.Value).ToHashSet(StringComparer.Ordinal);
        var facts = OriginalNames.Facts.Where(name => words.Contains(name.Key)).Select(name => name.Value)
            .Concat(FieldCatalog.All.Where(field => words.Contains(field.Name)).Select(field => $"f:{field.Name}"));
        if (words.Contains("header") && words.Contains("Headers"))
        {
            facts = facts.Concat(["f:header_name", "f:header_raw"]);
        }

        return new RubyScriptText(path, bytes, [.. facts.Distinct(StringComparer.Ordinal).Select(key => new RubyFact(key, key[0] == 'm', [key[2..]]))]);
    }

    [GeneratedRegex("[A-Za-z_][A-Za-z0-9_]*", RegexOptions.None, 1000)]
    private static partial Regex Words();
}

/// <summary>One version of a script; workers compare it by reference.</summary>
internal sealed record RubyScriptText(string Path, byte[] Source, IReadOnlyList<RubyFact> Facts);

/// <param name="Key">As the worker asks for it.</param>
/// <param name="Name">The field or macro, as the one argument of a question.</param>
internal sealed record RubyFact(string Key, bool IsMacro, string[] Name);
