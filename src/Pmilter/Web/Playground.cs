using System.Text.Json;
using Pmilter.Rehearsal;
using Pmilter.Rehearsal.Explanations;
using Pmilter.Rehearsal.Recorded;
using Pmilter.Server;

namespace Pmilter.Web;

/// <summary>What <c>check</c> and <c>explain</c> say, aside from the server: policies are compiled anew, counters begin empty, no handler runs.</summary>
internal sealed class Playground(ServerSettings settings, TimeProvider time)
{
    public Task<Action<Utf8JsonWriter>> CheckFilesAsync() => throw new NotSupportedException($"{settings} {time}");

    public Task<Action<Utf8JsonWriter>> PlayAsync(PageRequest request) => throw new NotSupportedException($"{request}");

    public Task<Played> ExplainAsync(RecordedDecision decision) => throw new NotSupportedException($"{decision}");
}

/// <summary>A message that was played.</summary>
/// <param name="Message">Null where nothing could be played.</param>
internal sealed record Played(PlayedMessage? Message, string Revision, IReadOnlyList<string> Notes)
{
    /// <summary>As properties of the object that is open.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartArray("notes");
        foreach (var note in Notes)
        {
            json.WriteStringValue(note);
        }

        json.WriteEndArray();
        if (Message is { } message)
        {
            json.WritePropertyName("explanation");
            ExplanationJson.Write(json, message, Revision);
        }
    }
}
