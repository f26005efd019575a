using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Kit;

internal sealed partial record TracePacket
{
    public Frame Frame => new(Bytes[4], Bytes.AsMemory(5));
}
