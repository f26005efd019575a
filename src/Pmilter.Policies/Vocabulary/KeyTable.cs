namespace Pmilter.Policies.Vocabulary;

/// <summary>A key of the language.</summary>
/// <param name="Name">As written.</param>
/// <param name="Form">What may stand behind it.</param>
/// <param name="Meaning">One line of documentation.</param>
public sealed record KeyEntry(string Name, ValueForm Form, string Meaning)
{
    public bool IsRequired { get; init; }

    /// <summary>As it would be written; empty where leaving the key out is not the same as any value.</summary>
    public string Default { get; init; } = string.Empty;
}

/// <summary>The closed set of keys of one place: what its reader takes, what editors offer and what the reference lists.</summary>
/// <param name="Where">For messages: <c>a rule</c>.</param>
/// <param name="Entries">In the order of the documentation.</param>
public sealed record KeyTable(string Where, params IReadOnlyList<KeyEntry> Entries)
{
    public IReadOnlyList<string> Names { get; } = [.. Entries.Select(entry => entry.Name)];

    /// <summary>Keys of which exactly one is written.</summary>
    public IReadOnlyList<string> ExactlyOneOf { get; init; } = [];

    /// <summary>Null when there is none.</summary>
    public KeyEntry? Find(string name) => Entries.FirstOrDefault(entry => entry.Name == name);

    /// <summary>The form of a key, or the one of that kind among those that the key may have.</summary>
    /// <exception cref="InvalidOperationException">The table does not say so: a reader asks for what nobody documents.</exception>
    public T FormOf<T>(string name)
        where T : ValueForm => Find(name)?.Form switch
        {
            T form => form,
            EitherForm either when either.Forms.OfType<T>().FirstOrDefault() is { } form => form,
            var other => throw new InvalidOperationException($"'{name}' of {Where} is {other?.Words ?? "not in its table"}, not {typeof(T).Name}."),
        };
}
