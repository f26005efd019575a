namespace Pmilter.Policies.Mail;

/// <summary>
/// What rules have written on a connection, message or recipient: tags, variables, score; with a shadow of what monitor rules would
/// have written, which only they read.
/// </summary>
/// <remarks>Most messages have none: the collections are made when the first one is written.</remarks>
public sealed class Annotations
{
    private HashSet<string>? _tags;
    private HashSet<string>? _shadowTags;
    private Dictionary<string, object>? _variables;
    private Dictionary<string, object>? _shadowVariables;
    private double _score;
    private double _shadowScore;

    public IReadOnlyCollection<string> Tags => _tags is null ? [] : _tags;

    public bool IsEmpty =>
        _tags is null && _shadowTags is null && _variables is null && _shadowVariables is null && _score == 0 && _shadowScore == 0;

    public bool HasTag(string tag, bool shadow) => _tags?.Contains(tag) == true || (shadow && _shadowTags?.Contains(tag) == true);

    public double Score(bool shadow) => shadow ? _score + _shadowScore : _score;

    /// <summary>A string, a boxed double or a boxed bool; null when unset.</summary>
    public object? Variable(string name, bool shadow) =>
        shadow && _shadowVariables?.TryGetValue(name, out var would) == true ? would : _variables?.GetValueOrDefault(name);

    public void AddTag(string tag, bool shadow)
    {
        ref var tags = ref shadow ? ref _shadowTags : ref _tags;
        (tags ??= new HashSet<string>(StringComparer.OrdinalIgnoreCase)).Add(tag);
    }

    public void AddScore(double score, bool shadow)
    {
        if (shadow)
        {
            _shadowScore += score;
            return;
        }

        _score += score;
    }

    public void SetVariable(string name, object value, bool shadow)
    {
        ref var variables = ref shadow ? ref _shadowVariables : ref _variables;
        (variables ??= new Dictionary<string, object>(StringComparer.Ordinal))[name] = value;
    }

    /// <summary>What a narrower scope starts with; null for nothing.</summary>
    public static Annotations? CopyOf(Annotations? wider) => wider is null or { IsEmpty: true } ? null : wider.Copy();

    public Annotations Copy() => new()
    {
        _tags = Copy(_tags),
        _shadowTags = Copy(_shadowTags),
        _variables = Copy(_variables),
        _shadowVariables = Copy(_shadowVariables),
        _score = _score,
        _shadowScore = _shadowScore,
    };

    private static HashSet<string>? Copy(HashSet<string>? tags) => tags is null ? null : new HashSet<string>(tags, tags.Comparer);

    private static Dictionary<string, object>? Copy(Dictionary<string, object>? variables) =>
        variables is null ? null : new Dictionary<string, object>(variables, variables.Comparer);
}
