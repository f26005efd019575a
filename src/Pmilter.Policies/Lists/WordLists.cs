using System.Globalization;

namespace Pmilter.Policies.Lists;

/// <summary>Text and countries: one set, ordinal, ignoring case.</summary>
internal sealed class WordList(ListType type, HashSet<string> words) : MailList(type, words.Count)
{
    public override bool Contains(string value) => words.Contains(value);
}

internal sealed class NumberList(HashSet<double> numbers) : MailList(ListType.Number, numbers.Count)
{
    public override bool Contains(double value) => numbers.Contains(value);
}

internal sealed class TextListBuilder(ListDiagnosticLimit diagnostics) : ListBuilder(diagnostics)
{
    private readonly HashSet<string> _words = new(StringComparer.OrdinalIgnoreCase);

    public override bool Add(ListEntry entry) => _words.Add(entry.Text);

    public override MailList Build() => new WordList(ListType.Text, _words);
}

internal sealed class CountryListBuilder(ListDiagnosticLimit diagnostics) : ListBuilder(diagnostics)
{
    private readonly HashSet<string> _codes = new(StringComparer.OrdinalIgnoreCase);

    public override bool Add(ListEntry entry)
    {
        if (CountryCodes.IsKnown(entry.Text))
        {
            return _codes.Add(entry.Text.ToUpperInvariant());
        }

        Diagnostics.Add(ListDiagnostics.UnknownCountry(entry.Span, entry.Text, CountryCodes.HintFor(entry.Text)));
        return true;
    }

    public override MailList Build() => new WordList(ListType.Country, _codes);
}

internal sealed class NumberListBuilder(ListDiagnosticLimit diagnostics) : ListBuilder(diagnostics)
{
    private readonly HashSet<double> _numbers = [];

    public override bool Add(ListEntry entry)
    {
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (double.TryParse(entry.Text, style, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
        {
            return _numbers.Add(value);
        }

        Diagnostics.Add(ListDiagnostics.BadEntry(entry.Span, entry.Text, "a number", "digits, such as 64500 or 1.5"));
        return true;
    }

    public override MailList Build() => new NumberList(_numbers);
}
