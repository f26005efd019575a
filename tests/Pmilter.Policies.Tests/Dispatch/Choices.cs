namespace Pmilter.Policies.Tests.Dispatch;

/// <summary>Numbers that make something up, one by one; when they are used up, the first choice each time.</summary>
internal sealed class Choices(int[] numbers)
{
    private int _next;

    public int Below(int bound) => _next < numbers.Length ? numbers[_next++] % bound : 0;

    public bool OneIn(int many) => Below(many) == many - 1;

    public T Of<T>(params IReadOnlyList<T> some) => some[Below(some.Count)];
}
