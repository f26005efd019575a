using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Pmilter.Server;

namespace Pmilter.Safety;

/// <summary><c>audit.jsonl</c> in the state folder: a line for everything that people change in the running server, or try to.</summary>
internal sealed partial class AuditLog(string stateFolder, TimeProvider time, ILogger<AuditLog> logger)
{
    private readonly Lock _gate = new();
    private readonly string _path = Path.Combine(stateFolder, "audit.jsonl");

    /// <param name="role">The way in: <c>admin</c> or <c>reader</c> (the sockets), <c>page</c> or <c>page reader</c>, <c>server</c>.</param>
    /// <param name="verb">The request: <c>mode</c>, <c>block</c>, <c>counters/reset</c>.</param>
    /// <param name="refusal">Why it was not done; empty when it was.</param>
    public void Write(string role, string user, string verb, IEnumerable<(string Name, string Value)> arguments, string refusal)
    {
        if (stateFolder.Length == 0)
        {
            return;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("user", user);
            json.WriteString("role", role);
            json.WriteString("verb", verb);
            json.WriteStartArray("arguments");
            foreach (var (name, value) in arguments)
            {
                json.WriteStringValue($"{name}={value}");
            }

            json.WriteEndArray();
            if (refusal.Length > 0)
            {
                json.WriteString("refused", refusal);
            }

            json.WriteEndObject();
        }

        try
        {
            lock (_gate)
            {
                PrivateFolder.Create(stateFolder);
                File.AppendAllText(_path, Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.NotWritten(logger, _path, verb, user, error.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(708, LogLevel.Error, "{Path} cannot be written; {Verb} by {User} is not in it: {Reason}")]
        public static partial void NotWritten(ILogger logger, string path, string verb, string user, string reason);
    }
}
