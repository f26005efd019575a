using System.Diagnostics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Pmilter.Configuration;

namespace Pmilter.Telemetry;

/// <summary>
/// Sends messages as spans to a collector (<c>traces:</c>). Spans are made when a message has ended, so that it is known whether it was refused, and
/// are sent behind it: a collector that is slow or gone costs spans, never mail.
/// </summary>
internal sealed class MessageTraces : IDisposable
{
    /// <summary>Of the spans.</summary>
    public const string SourceName = "Pmilter";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ActivitySource _source = new(SourceName);
    private readonly TracerProvider _provider;
    private readonly double _share;
    private double _owed;

    public MessageTraces(TracesSection options, string version, ILoggerFactory loggers)
    {
        _share = options.Share;
        _provider = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.AddService("pmilter", serviceVersion: version))
            .SetSampler(new AlwaysOnSampler())
            .AddSource(SourceName)
            .AddOtlpExporter(exporter =>
            {
                exporter.Endpoint = options.Endpoint;
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                exporter.HttpClientFactory = () => new HttpClient(new CollectorWatch(options.Endpoint, loggers.CreateLogger<CollectorWatch>())) { Timeout = Patience };
            })
            .Build();
    }

    /// <summary>Whether this message is sent: always when it was not let through, else every so many.</summary>
    public bool Wants(bool isRefused)
    {
        if (isRefused)
        {
            return true;
        }

        // Two threads may take the same turn: the share is meant, not the message.
        var owed = _owed + _share;
        _owed = owed >= 1 ? owed - 1 : owed;
        return owed >= 1;
    }

    /// <summary>A span that has ended; null where nobody listens.</summary>
    public Activity? Begin(string name, ActivityContext parent, DateTimeOffset began) =>
        _source.StartActivity(name, ActivityKind.Server, parent, startTime: began);

    /// <summary>Sends what is left, for 5 s at most.</summary>
    public void Dispose()
    {
        _provider.Dispose();
        _source.Dispose();
    }
}
