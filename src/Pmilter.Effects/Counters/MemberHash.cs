using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Pmilter.Effects.Counters;

/// <summary>
/// SipHash-1-3 under a random key: 64 bits of which a sender cannot choose any, so nobody can make keys or members collide, or fall
/// out of a sample. The base library's string hash has 32 bits, too few to count by, and is another in each process.
/// </summary>
internal sealed class MemberHash
{
    private readonly ulong _key0;
    private readonly ulong _key1;

    public MemberHash()
    {
        // The kernel's random bits in the base library's own way: RandomNumberGenerator would load OpenSSL at every start.
        Span<byte> key = stackalloc byte[16];
        Guid.NewGuid().TryWriteBytes(key);
        _key0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        _key1 = BinaryPrimitives.ReadUInt64LittleEndian(key[8..]);
    }

    /// <summary>The key of a snapshot, or a fixed one for tests.</summary>
    public MemberHash(ulong key0, ulong key1)
    {
        _key0 = key0;
        _key1 = key1;
    }

    public (ulong First, ulong Second) Key => (_key0, _key1);

    public ulong Of(ReadOnlySpan<char> text) => OfBytes(MemoryMarshal.AsBytes(text));

    public ulong OfBytes(ReadOnlySpan<byte> bytes)
    {
        var state = new Sip(_key0, _key1);
        var rest = bytes;
        while (rest.Length >= 8)
        {
            state.Add(BinaryPrimitives.ReadUInt64LittleEndian(rest));
            rest = rest[8..];
        }

        var last = (ulong)bytes.Length << 56;
        for (var i = 0; i < rest.Length; i++)
        {
            last |= (ulong)rest[i] << (8 * i);
        }

        state.Add(last);
        return state.End();
    }

    private struct Sip(ulong key0, ulong key1)
    {
        private ulong _a = key0 ^ 0x736f6d6570736575;
        private ulong _b = key1 ^ 0x646f72616e646f6d;
        private ulong _c = key0 ^ 0x6c7967656e657261;
        private ulong _d = key1 ^ 0x7465646279746573;

        public void Add(ulong word)
        {
            _d ^= word;
            Round();
            _a ^= word;
        }

        public ulong End()
        {
            _c ^= 0xff;
            Round();
            Round();
            Round();
            return _a ^ _b ^ _c ^ _d;
        }

        private void Round()
        {
            _a += _b;
            _b = BitOperations.RotateLeft(_b, 13) ^ _a;
            _a = BitOperations.RotateLeft(_a, 32);
            _c += _d;
            _d = BitOperations.RotateLeft(_d, 16) ^ _c;
            _a += _d;
            _d = BitOperations.RotateLeft(_d, 21) ^ _a;
            _c += _b;
            _b = BitOperations.RotateLeft(_b, 17) ^ _c;
            _c = BitOperations.RotateLeft(_c, 32);
        }
    }
}
