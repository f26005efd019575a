using System.Collections.Immutable;
using System.Text;
using Pmilter.Policies.Binding;
using Pmilter.Policies.State;

namespace Pmilter.Policies.Evaluation;

/// <summary>
/// Makes keys: parts joined by U+001F, in buffers that are filled front to back and reused when their owner's scope ends. A buffer
/// that is full is left to the keys that point into it.
/// </summary>
internal sealed class KeyText
{
    private const int MaxBufferChars = 4096;
    private const int MinBufferChars = 128;
    private readonly StringBuilder _builder = new();
    private char[] _buffer = [];
    private int _used;

    public void Clear() => _used = 0;

    public EvaluationStatus TryMake(EvaluationContext context, ImmutableArray<KeyPart> parts, out ReadOnlyMemory<char> key, out bool isUnknown)
    {
        _builder.Clear();
        key = default;
        isUnknown = false;
        for (var i = 0; i < parts.Length; i++)
        {
            if (i > 0)
            {
                _builder.Append(KeyFolding.Separator);
            }

            var status = parts[i].Append(context, _builder, out var partIsUnknown);
            if (status != EvaluationStatus.Known)
            {
                return status;
            }

            isUnknown |= partIsUnknown;
        }

        key = Keep();
        return EvaluationStatus.Known;
    }

    /// <summary>A distinct value.</summary>
    public EvaluationStatus TryMake(EvaluationContext context, KeyPart part, out string value, out bool isUnknown)
    {
        _builder.Clear();
        var status = part.Append(context, _builder, out isUnknown);
        value = status == EvaluationStatus.Known ? _builder.ToString() : string.Empty;
        return status;
    }

    private ReadOnlyMemory<char> Keep()
    {
        var length = _builder.Length;
        if (_used + length > _buffer.Length)
        {
            _buffer = new char[Math.Max(Math.Clamp(_buffer.Length * 2, MinBufferChars, MaxBufferChars), length)];
            _used = 0;
        }

        var target = _buffer.AsMemory(_used, length);
        _builder.CopyTo(0, target.Span, length);
        _used += length;
        return target;
    }
}
