using System.Text;
using Pmilter.Policies.Lists;

namespace Pmilter.TestKit.Scenarios;

/// <summary>List files in memory. Each writing is a newer one.</summary>
public sealed class ListFiles : IListFileReader
{
    private readonly Dictionary<string, (byte[] Bytes, DateTimeOffset WrittenAt)> _files = new(StringComparer.Ordinal);
    private DateTimeOffset _clock = DateTimeOffset.UnixEpoch;

    public string this[string path]
    {
        set => Write(path, Encoding.UTF8.GetBytes(value));
    }

    /// <summary>How often a file was opened.</summary>
    public int Opened { get; private set; }

    public void Write(string path, byte[] bytes)
    {
        _clock += TimeSpan.FromSeconds(1);
        _files[path] = (bytes, _clock);
    }

    public void Remove(string path) => _files.Remove(path);

    public ListFile Find(string policyPath, string path) => _files.TryGetValue(path, out var file)
        ? new ListFile(path, new ListStamp(file.WrittenAt, file.Bytes.Length), () => Open(file.Bytes))
        : new ListFile(path, default, () => throw new FileNotFoundException()) { Missing = "no such file" };

    private MemoryStream Open(byte[] bytes)
    {
        Opened++;
        return new MemoryStream(bytes, writable: false);
    }
}
