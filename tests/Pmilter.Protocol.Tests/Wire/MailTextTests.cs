using CsCheck;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Wire;

public sealed class MailTextTests
{
    [Fact]
    public void AnyBytes_ThereAndBack_TheSame() =>
        Gen.Byte.Array[0, 200].Sample(bytes => MailText.Encode(MailText.Decode(bytes)).SequenceEqual(bytes));

    [Fact]
    public void Utf8Mixed_ThereAndBack_TheSame() =>
        Gen.OneOf(Gen.Byte.Array[0, 3], Gen.String.Select(System.Text.Encoding.UTF8.GetBytes)).Array[0, 6]
            .Sample(parts =>
            {
                var bytes = parts.SelectMany(p => p).ToArray();
                return MailText.Encode(MailText.Decode(bytes)).SequenceEqual(bytes);
            });

    [Fact]
    public void Decode_Latin1Byte_LoneSurrogate() => Assert.Equal("caf\uDCE9", MailText.Decode("caf\xE9"u8[..3].ToArray().Append((byte)0xE9).ToArray()));

    [Fact]
    public void Encode_LoneSurrogateOfNoByte_QuestionMark() => Assert.Equal("a?b"u8.ToArray(), MailText.Encode("a\uD800b"));
}
