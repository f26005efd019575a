using Pmilter.Policies.Mail;

namespace Pmilter.Policies.Binding.Catalogs;

/// <summary>A function of the language.</summary>
/// <param name="Name">As written in conditions.</param>
/// <param name="Signature">With its arguments: <c>in_list(x, 'list')</c>.</param>
/// <param name="Summary">One line of documentation.</param>
public sealed record Function(string Name, string Signature, string Summary)
{
    /// <summary>The phase from which on it may be asked, whatever its arguments.</summary>
    public Phase First { get; init; } = Phase.Connect;

    public int LeastArguments { get; init; }

    public int MostArguments { get; init; } = int.MaxValue;

    /// <summary>False for one that a later version will have.</summary>
    public bool IsAvailable => Binder is not null;

    /// <summary>Its result rests on its arguments alone.</summary>
    internal bool IsPure { get; init; }

    /// <summary>It asks the DNS: it may take time, and fail.</summary>
    public bool IsLookup { get; init; }

    internal Func<CallBinding, TypedNode?>? Binder { get; init; }
}
