namespace Pmilter.Screen;

/// <summary>What a piece of text means; a terminal has a colour for it.</summary>
internal enum Tone
{
    Plain,
    Good,
    Warning,
    Bad,
    Strong,
    Dim,
}

/// <summary>Text with its meaning. The meaning is never in the text, so nothing that a sender wrote can be taken for it.</summary>
internal readonly record struct Toned(string Text, Tone Tone)
{
    public static implicit operator Toned(string text) => new(text, Tone.Plain);

    public static Toned Good(string text) => new(text, Tone.Good);

    public static Toned Warning(string text) => new(text, Tone.Warning);

    public static Toned Bad(string text) => new(text, Tone.Bad);

    public static Toned Strong(string text) => new(text, Tone.Strong);

    public static Toned Dim(string text) => new(text, Tone.Dim);

    /// <summary>By its first word, in either case: <c>tempfail</c>, <c>would reject by no_mail</c>.</summary>
    public static Toned Verdict(string text) => new(text, text.Split(' ', 2)[0].ToUpperInvariant() switch
    {
        "REJECT" or "TEMPFAIL" or "DISCARD" => Tone.Bad,
        "WOULD" or "QUARANTINE" => Tone.Warning,
        "ACCEPT" or "ALLOW" or "CONTINUE" or "MATCHED" => Tone.Good,
        "-" => Tone.Dim,
        _ => Tone.Plain,
    });
}
