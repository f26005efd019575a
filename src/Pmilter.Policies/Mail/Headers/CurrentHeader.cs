using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Mail.Headers;

/// <summary>The header field of the running event. Its bytes belong to the session, so it is read only while the event lasts.</summary>
internal sealed class CurrentHeader
{
    private ReadOnlyMemory<byte> _nameBytes;
    private ReadOnlyMemory<byte> _bytes;
    private string? _name;
    private string? _raw;
    private string? _value;

    public string Name => _name ??= FieldNames.Of(_nameBytes.Span);

    /// <summary>As sent: folded, encoded, with its leading space where that was negotiated.</summary>
    public string Raw => _raw ??= MailText.Decode(_bytes.Span);

    /// <summary>Unfolded, trimmed, encoded words decoded.</summary>
    public string Value => _value ??= HeaderText.Read(Raw);

    public void Set(ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value)
    {
        _nameBytes = name;
        _name = null;
        _bytes = value;
        _raw = null;
        _value = null;
    }

    public void Clear() => Set(ReadOnlyMemory<byte>.Empty, ReadOnlyMemory<byte>.Empty);
}
