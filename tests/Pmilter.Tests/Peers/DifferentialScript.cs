using System.Text;
using Pmilter.Fuzz.Inputs;

namespace Pmilter.Tests.Peers;

/// <summary>Commands of one connection: legal order with verdicts that the MTA obeys, or any order with none.</summary>
/// <param name="Waits">An MTA that reads each reply before it goes on, and does what it says.</param>
internal sealed record DifferentialScript(bool Waits, IReadOnlyList<(char Code, byte[] Data)> Commands)
{
    private static readonly string[] Words = ["ok", "ok", "ok", "reject", "tempfail", "accept", "discard"];

    public static DifferentialScript Of(Dice dice)
    {
        var isLegal = dice.OneIn(2);
        return new DifferentialScript(isLegal, isLegal ? Legal(dice) : Illegal(dice));
    }

    /// <summary>Said at once: <c>C H U</c>.</summary>
    public static DifferentialScript AtOnce(string codes) => new(false, [.. codes.Where(code => code != ' ').Select(code => code switch
    {
        'C' => Connect(0),
        'M' or 'R' => (code, Text("<ok@example.jp>\0")),
        'L' => (code, Text("X-A\0ok\0")),
        'H' or 'U' => (code, Text("ok\0")),
        _ => (code, Array.Empty<byte>()),
    })]);

    public override string ToString() => string.Join(' ', Commands.Select(command =>
        command.Data.Length == 0 ? $"{command.Code}" : $"{command.Code}({Encoding.Latin1.GetString(command.Data).Replace('\0', ' ').TrimEnd()})"));

    private static List<(char Code, byte[] Data)> Legal(Dice dice)
    {
        var commands = new List<(char Code, byte[] Data)> { Connect(dice.Below(6)), ('H', Text(dice.Of(Words[..6]) + "\0")) };
        for (var messages = dice.Below(4); messages > 0; messages--)
        {
            Message(dice, commands);
            if (dice.OneIn(4))
            {
                commands.Add(('H', Text("ok\0")));
            }

            if (dice.OneIn(4))
            {
                commands.Add(('U', Text("XTRA\0")));
            }
        }

        return commands;
    }

    private static void Message(Dice dice, List<(char Code, byte[] Data)> commands)
    {
        commands.Add(('M', Text($"<{dice.Of(Words)}@example.jp>\0")));
        for (var left = dice.Between(1, 3); left > 0; left--)
        {
            commands.Add(('R', Text($"<{dice.Of(Words[..5])}@example.jp>\0")));
        }

        commands.Add(('T', []));
        for (var left = dice.Between(1, 3); left > 0; left--)
        {
            commands.Add(('L', Text($"X-A\0{(dice.OneIn(4) ? dice.Of(Words) : "ok")}\0")));
        }

        commands.Add(('N', []));
        commands.Add(('B', Text("text\r\n")));
        commands.Add(('E', []));
    }

    private static List<(char Code, byte[] Data)> Illegal(Dice dice)
    {
        // Without UNKNOWN, and after CONNECT: there we differ on purpose.
        var commands = new List<(char Code, byte[] Data)> { Connect(0) };
        for (var left = dice.Between(1, 20); left > 0; left--)
        {
            commands.Add(dice.Below(12) switch
            {
                0 => Connect(0),
                1 => ('H', Text("ok\0")),
                2 or 3 => ('M', Text("<ok@example.jp>\0")),
                4 or 5 => ('R', Text("<ok@example.jp>\0")),
                6 => ('T', []),
                7 => ('L', Text("X-A\0ok\0")),
                8 => ('N', []),
                9 => ('B', Text("text\r\n")),
                10 => ('E', []),
                _ => ('A', []),
            });
        }

        return commands;
    }

    private static (char Code, byte[] Data) Connect(int address) => ('C', Text($"mx.example\04\0\u0019192.0.2.{(address is 2 or 3 ? address : 1)}\0"));

    private static byte[] Text(string text) => Encoding.Latin1.GetBytes(text);
}
