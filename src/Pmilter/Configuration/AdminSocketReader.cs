using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary>Reads <c>admin.socket</c> and <c>admin.read_socket</c>: a path, or a place with mode and group as listeners have them.</summary>
internal sealed class AdminSocketReader(MappingReader admin, string stateDir)
{
    public AdminSocketOptions Read(string key, AdminSocketOptions standard) => admin.Node(key) switch
    {
        null => standard,
        YamlMapping mapping => ReadMapping(key, mapping, standard),
        _ => standard with { Path = admin.Text(key)?.Value ?? standard.Path },
    };

    /// <summary>What is wrong with the two of them together.</summary>
    public void Compare(AdminOptions options)
    {
        if (options.ReadSocket.Path is { Length: > 0 } path && path == options.Socket.Path)
        {
            admin.Diagnostics.Add(ConfigurationDiagnostics.SameSocket(SpanOf("read_socket"), path));
        }

        if ((options.Socket.Mode & UnixFileMode.OtherWrite) != UnixFileMode.None)
        {
            admin.Diagnostics.Add(ConfigurationDiagnostics.AdminForEverybody(SpanOf("socket"), options.Socket.Path));
        }
    }

    private AdminSocketOptions ReadMapping(string key, YamlMapping mapping, AdminSocketOptions standard)
    {
        var reader = new MappingReader(mapping, SectionKeys.AdminSocket, admin.Diagnostics);
        var group = reader.Text("group")?.Value ?? string.Empty;
        var mode = reader.Scalar("mode", "a file mode") is { } written ? ListenReader.ReadMode(written, admin.Diagnostics) : null;
        var at = reader.Text("at")?.Value ?? standard.Path;
        if (at.Length == 0)
        {
            reader.Require("at", "write at: /run/pmilter/read.sock");
        }

        var socket = new AdminSocketOptions(at, mode ?? (group.Length > 0 ? AdminSocketOptions.Shared : standard.Mode), group);
        if (socket.IsForOthers && stateDir.Length > 0 && at.StartsWith($"{stateDir.TrimEnd('/')}/", StringComparison.Ordinal))
        {
            admin.Diagnostics.Add(ConfigurationDiagnostics.SocketOutOfReach(SpanOf(key), at, key));
        }

        return socket;
    }

    private SourceSpan SpanOf(string key) => admin.KeyOf(key)?.Span ?? admin.Start;
}
