using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Sessions;

/// <summary>
/// The macros that the MTA has sent, by stage. Later stages are looked up first; CONNECT and HELO macros live as long as the
/// connection, the others as long as the message (smfi_getsymval). <c>i</c> and <c>{i}</c> are one name.
/// </summary>
/// <remarks>The bytes are kept as they came and searched when somebody asks: Postfix repeats them before every header.</remarks>
public sealed class MacroTable
{
    private readonly MacroSlot?[] _slots = new MacroSlot[MacroScope.Count];

    /// <summary>The value of a macro, with or without braces; null when the MTA has not sent it.</summary>
    public string? this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            var bare = name is ['{', .., '}'] ? name[1..^1] : name;
            for (var i = _slots.Length - 1; i >= 0; i--)
            {
                if (_slots[i]?.Find(bare) is { } value)
                {
                    return value;
                }
            }

            return null;
        }
    }

    /// <summary>A table of a connection that sent these macros with CONNECT; for callers without a session.</summary>
    public static MacroTable Of(IReadOnlyDictionary<string, string> macros)
    {
        var slot = new MacroSlot();
        slot.StoreAll(macros.ToDictionary(macro => macro.Key.Trim('{', '}'), string? (macro) => macro.Value, StringComparer.Ordinal));
        var table = new MacroTable();
        table._slots[0] = slot;
        return table;
    }

    /// <summary>All macros in force, names without braces, the latest stage's value of each.</summary>
    public IReadOnlyDictionary<string, string> ToDictionary()
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var slot in _slots)
        {
            slot?.CopyTo(all);
        }

        return all;
    }

    /// <summary>Takes a SMFIC_MACRO packet; it replaces the stage's former list. Tolerates empty and odd lists.</summary>
    internal void Store(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty || MacroScope.SlotOf((CommandCode)data[0]) is not { } index)
        {
            return;
        }

        var slot = _slots[index] ??= new MacroSlot();
        slot.Store(data[1..]);
    }

    /// <summary>A command has come: the macros of the stages behind it are the last round's.</summary>
    internal void ClearAfter(CommandCode command)
    {
        if (MacroScope.SlotOf(command) is { } index)
        {
            ClearFrom(index + 1);
        }
    }

    /// <summary>The message has ended.</summary>
    internal void ClearMessage() => ClearFrom(MacroScope.FirstOfMessage);

    /// <summary>The client has gone.</summary>
    internal void Clear() => ClearFrom(0);

    private void ClearFrom(int index)
    {
        for (; index < _slots.Length; index++)
        {
            _slots[index]?.Store([]);
        }
    }
}
