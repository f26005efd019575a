using System.Buffers.Binary;
using Pmilter.Effects.Ruby;

namespace Pmilter.Effects.Tests.Ruby;

/// <summary>What a worker may send whose script has got hold of its pipe.</summary>
public sealed class RubyFrameTests
{
    [Fact]
    public void Read_ListsInListsSaidToBeLong_AllocatesByWhatIsThere()
    {
        var frame = new byte[1_000_000];
        BinaryPrimitives.WriteInt32BigEndian(frame, 900_000);
        for (var at = 4; at < 100; at += 5)
        {
            frame[at] = (byte)'l';
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(at + 1), 900_000);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<RubyProtocolException>(() => RubyFrame.Read(frame));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Theory]
    [InlineData("FFFFFFFF")]
    [InlineData("00000001")]
    [InlineData("0000000173FFFFFFFF")]
    [InlineData("00000001737FFFFFFF")]
    [InlineData("000000016400000001FF")]
    [InlineData("00000001780000")]
    [InlineData("0000000000")]
    [InlineData("")]
    public void Read_Damaged_IsRefused(string hex) => Assert.Throws<RubyProtocolException>(() => RubyFrame.Read(Convert.FromHexString(hex)));
}
