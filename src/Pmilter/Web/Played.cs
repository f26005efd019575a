using System.Text.Json;
using Pmilter.Rehearsal;
using Pmilter.Rehearsal.Explanations;

namespace Pmilter.Web;

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
