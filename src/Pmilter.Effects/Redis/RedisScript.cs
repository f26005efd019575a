using System.Reflection;

namespace Pmilter.Effects.Redis;

/// <summary>The scripts that Redis runs, one for each kind of state; all answer <c>{ value, micros, exact }</c>.</summary>
internal static class RedisScript
{
    public static string Events { get; } = Read("events");

    public static string Members { get; } = Read("members");

    public static string Gauge { get; } = Read("gauge");

    public static string Deadline { get; } = Read("deadline");

    public static string Greylist { get; } = Read("greylist");

    public static string Register { get; } = Read("register");

    public static IReadOnlyList<string> All { get; } = [Events, Members, Gauge, Deadline, Greylist, Register];

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Pmilter.Effects.Redis.Scripts.{name}.lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
