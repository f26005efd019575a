using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Configuration;

/// <summary><c>traces</c>: messages as spans, for a collector that speaks OpenTelemetry. Without an endpoint there are none.</summary>
/// <param name="Endpoint">The collector's address with its path, for OTLP over HTTP.</param>
/// <param name="Share">Of messages that pass, 0 to 1; those that are refused are always sent.</param>
internal sealed record TracesSection(Uri Endpoint, double Share);

/// <summary>Reads <c>traces:</c> of pmilter.yaml.</summary>
internal static class TracesReader
{
    private const double StandardShare = 0.01;

    public static KeyTable Keys { get; } = new(
        "traces",
        new KeyEntry("endpoint", new TextForm("http://host:port"), "A collector that takes OTLP over HTTP, such as http://127.0.0.1:4318; without a path /v1/traces is meant. '': none.") { Default = "''" },
        new KeyEntry("share", new ShareForm(), "Of messages that pass; those that are refused, discarded or quarantined are always sent.") { Default = "1%" });

    /// <summary>Null where the section is left out or wrong.</summary>
    public static TracesSection? Read(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        if (mapping is null)
        {
            return null;
        }

        var traces = new MappingReader(mapping, Keys, diagnostics);
        var share = traces.Percent("share") ?? StandardShare;
        return traces.Text("endpoint") is { Value.Length: > 0 } written && ReadEndpoint(written, diagnostics) is { } endpoint ? new TracesSection(endpoint, share) : null;
    }

    private static Uri? ReadEndpoint(Located<string> written, DiagnosticBag diagnostics)
    {
        if (!Uri.TryCreate(written.Value, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.Host.Length == 0)
        {
            diagnostics.Add(ShapeDiagnostics.BadValue(written.Span, "endpoint", written.Value, "an address such as http://127.0.0.1:4318"));
            return null;
        }

        return url.AbsolutePath == "/" ? new Uri(url, "/v1/traces") : url;
    }
}
