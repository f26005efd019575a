using System.Text.Json.Serialization;

namespace Pmilter.TakeOver;

/// <summary>
/// What two processes say to each other, one after the other: request, offer (the sockets come with it), ready, go. What either does not know it
/// leaves out, so that versions may differ; <see cref="Protocol"/> changes where that does not do.
/// </summary>
/// <param name="Protocol">Of the conversation, and of what is asked of the state after it.</param>
/// <param name="Version">Of the program that asks.</param>
/// <param name="StateFolder">Where it keeps its state: it must be the same.</param>
internal sealed record TakeOverRequest(int Protocol, string Version, string StateFolder)
{
    public const int Current = 1;
}

/// <param name="Refusal">Why nothing is handed over; empty when it is.</param>
/// <param name="Sockets">In the order in which their descriptors come.</param>
internal sealed record TakeOverOffer(string Refusal, string Version, IReadOnlyList<OfferedSocket> Sockets)
{
    public static TakeOverOffer Refuse(string why) => new(why, string.Empty, []);
}

/// <param name="Name">What systemd calls it; else empty.</param>
/// <param name="IsManaged">systemd opened it, and keeps its file.</param>
internal sealed record OfferedSocket(string Name, bool IsManaged);

/// <summary>The new process has everything, and waits for the word to begin.</summary>
internal sealed record TakeOverReady;

/// <summary>It is the server from now on.</summary>
internal sealed record TakeOverGo;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TakeOverRequest))]
[JsonSerializable(typeof(TakeOverOffer))]
[JsonSerializable(typeof(TakeOverReady))]
[JsonSerializable(typeof(TakeOverGo))]
internal sealed partial class TakeOverJson : JsonSerializerContext;
