using System.Globalization;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Vocabulary;

/// <summary>What may be written for a key. The readers take ranges and words from it; the schema and the reference show it.</summary>
public abstract record ValueForm
{
    /// <summary>In words: <c>duration, 1s to 31d</c>.</summary>
    public abstract string Words { get; }
}

/// <summary>Text that the file's author is free to choose, or that has a shape: <paramref name="Pattern"/>, empty for any.</summary>
public sealed record TextForm(string Shown = "text", string Pattern = "") : ValueForm
{
    public override string Words => Shown;
}

/// <summary>A name: <c>[a-z][a-z0-9_]*</c>.</summary>
public sealed record NameForm(string Shown = "name") : ValueForm
{
    public override string Words => Shown;
}

/// <summary>A condition, a numeric expression, or a field; editors offer the fields where it <paramref name="IsKeyPart"/>.</summary>
public sealed record ExpressionForm(string Shown = "condition", bool IsKeyPart = false) : ValueForm
{
    public override string Words => Shown;
}

public sealed record DurationForm(TimeSpan Least, TimeSpan Most) : ValueForm
{
    public override string Words => $"duration, {(Least == TimeSpan.Zero ? "0s" : ValueReader.Show(Least))} to {ValueReader.Show(Most)}";
}

/// <summary>Bytes.</summary>
public sealed record SizeForm(long Least, long Most) : ValueForm
{
    public override string Words => $"size, {Show(Least)} to {Show(Most)}";

    private static string Show(long bytes)
    {
        foreach (var (unit, name) in new[] { (1L << 30, "GB"), (1L << 20, "MB"), (1L << 10, "kB") })
        {
            if (bytes != 0 && bytes % unit == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{bytes / unit}{name}");
            }
        }

        return bytes.ToString(CultureInfo.InvariantCulture);
    }
}

public sealed record IntegerForm(int Least, int Most) : ValueForm
{
    public override string Words =>
        Least == Most ? Least.ToString(CultureInfo.InvariantCulture)
        : Most == int.MaxValue ? string.Create(CultureInfo.InvariantCulture, $"whole number, {Least:N0} or more")
        : string.Create(CultureInfo.InvariantCulture, $"whole number, {Least:N0} to {Most:N0}");
}

public sealed record NumberForm : ValueForm
{
    public override string Words => "number";
}

public sealed record ShareForm : ValueForm
{
    public override string Words => "share, 0% to 100%";
}

public sealed record BoolForm : ValueForm
{
    public override string Words => "true or false";
}

/// <summary>One of a closed set of words.</summary>
public sealed record ChoiceForm(IReadOnlyList<string> Choices) : ValueForm
{
    public override string Words => ValueReader.Join([.. Choices.Select(word => $"`{word}`")]);

    public static ChoiceForm Of<T>(IEnumerable<(string Word, T Value)> choices) => new([.. choices.Select(choice => choice.Word)]);
}

public sealed record ListForm(ValueForm Item, int Least = 0) : ValueForm
{
    public override string Words => $"list: {Item.Words}";
}

/// <summary>Names that the author gives, each with its value; <paramref name="HasAnyKey"/> where the keys are no names of the language.</summary>
public sealed record MapForm(ValueForm Value, bool HasAnyKey = false) : ValueForm
{
    public override string Words => $"{(HasAnyKey ? "key" : "name")} → {Value.Words}";
}

/// <summary>A mapping with a closed set of keys.</summary>
public sealed record TableForm(KeyTable Table) : ValueForm
{
    private const int MostNamesShown = 6;

    public override string Words => Table.Names.Count > MostNamesShown ? Table.Where : $"{{ {string.Join(", ", Table.Names)} }}";
}

public sealed record EitherForm(params IReadOnlyList<ValueForm> Forms) : ValueForm
{
    public override string Words => string.Join("; or ", Forms.Select(form => form.Words));
}

/// <summary>The steps of <c>then</c>, which have a catalog of their own.</summary>
public sealed record StepsForm : ValueForm
{
    public override string Words => "list of steps";
}

/// <summary>Of a feature that this version does not have: whatever it is, its reader says so.</summary>
public sealed record LaterForm : ValueForm
{
    public override string Words => "(a later version)";
}
