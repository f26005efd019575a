using MimeKit;
using MimeKit.Utils;
using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Mail.Content;

/// <summary>What the header of one part says of its content.</summary>
internal sealed class PartHead
{
    private readonly List<string> _fileNames = [];
    private readonly List<string> _typeNames = [];

    public string Disposition { get; private set; } = string.Empty;

    public ContentEncoding Encoding { get; private set; }

    /// <summary>Lower case; empty for none.</summary>
    public string Charset { get; private set; } = string.Empty;

    /// <summary>What the disposition says comes first, as most programs prefer it.</summary>
    public IEnumerable<string> Names => _fileNames.Concat(_typeNames);

    public void Read(ParserOptions options, Header header)
    {
        switch (header.Id)
        {
            case HeaderId.ContentType:
                if (ContentType.TryParse(options, header.RawValue, out var type))
                {
                    Add(_typeNames, type.Parameters, "name");
                    Charset = type.Charset?.Trim().ToLowerInvariant() ?? Charset;
                }

                NameParameters.Read(MailText.Decode(header.RawValue), _typeNames.Add);
                break;
            case HeaderId.ContentDisposition:
                if (ContentDisposition.TryParse(options, header.RawValue, out var disposition))
                {
                    Add(_fileNames, disposition.Parameters, "filename");
                    Disposition = disposition.Disposition.ToLowerInvariant();
                }

                NameParameters.Read(MailText.Decode(header.RawValue), _fileNames.Add);
                break;
            case HeaderId.ContentTransferEncoding:
                Encoding = MimeUtils.TryParse(header.Value, out ContentEncoding encoding) ? encoding : Encoding;
                break;
            default:
                break;
        }
    }

    private static void Add(List<string> names, ParameterList parameters, string name)
    {
        foreach (var parameter in parameters)
        {
            if (parameter.Name.EndsWith(name, StringComparison.OrdinalIgnoreCase) && !string.IsNullOrEmpty(parameter.Value))
            {
                names.Add(parameter.Value);
            }
        }
    }
}
