namespace Pmilter.Policies.Mail;

/// <summary>
/// What rules have written on a connection, message or recipient: tags, variables, score; with a shadow of what monitor rules would
/// have written, which only they read.
/// </summary>
public sealed class Annotations
{
    private readonly HashSet<string> _tags = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _shadowTags = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, object> _variables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, object> _shadowVariables = new(StringComparer.Ordinal);
    private double _score;
    private double _shadowScore;

    public IReadOnlyCollection<string> Tags => _tags;

    public bool IsEmpty =>
        _tags.Count + _shadowTags.Count + _variables.Count + _shadowVariables.Count == 0 && _score == 0 && _shadowScore == 0;

    public bool HasTag(string tag, bool shadow) => _tags.Contains(tag) || (shadow && _shadowTags.Contains(tag));

    public double Score(bool shadow) => shadow ? _score + _shadowScore : _score;

    /// <summary>A string, a boxed double or a boxed bool; null when unset.</summary>
    public object? Variable(string name, bool shadow) =>
        shadow && _shadowVariables.TryGetValue(name, out var would) ? would : _variables.GetValueOrDefault(name);

    public void AddTag(string tag, bool shadow) => (shadow ? _shadowTags : _tags).Add(tag);

    public void AddScore(double score, bool shadow)
    {
        if (shadow)
        {
            _shadowScore += score;
            return;
        }

        _score += score;
    }

    public void SetVariable(string name, object value, bool shadow) => (shadow ? _shadowVariables : _variables)[name] = value;

    /// <summary>What a narrower scope starts with.</summary>
    public Annotations Copy()
    {
        var copy = new Annotations { _score = _score, _shadowScore = _shadowScore };
        copy._tags.UnionWith(_tags);
        copy._shadowTags.UnionWith(_shadowTags);
        foreach (var (name, value) in _variables)
        {
            copy._variables[name] = value;
        }

        foreach (var (name, value) in _shadowVariables)
        {
            copy._shadowVariables[name] = value;
        }

        return copy;
    }
}
