using System.Text;

namespace Pmilter.Fuzz.Inputs;

/// <summary>Good inputs, spoilt a little: most of what a reader does only shows behind a good beginning.</summary>
internal static class Mutation
{
    /// <summary>One to eight changes: bits turned, pieces put in, left out, doubled, moved or cut off.</summary>
    public static byte[] Of(Dice dice, byte[] seed, int most = 8)
    {
        var bytes = new List<byte>(seed);
        for (var left = dice.Between(1, most); left > 0; left--)
        {
            Change(dice, bytes);
        }

        return [.. bytes];
    }

    /// <summary>The same for text, in whose middle no surrogate has to be whole.</summary>
    public static string Of(Dice dice, string seed, IReadOnlyList<string> words, int most = 8)
    {
        var text = new StringBuilder(seed);
        for (var left = dice.Between(1, most); left > 0; left--)
        {
            var at = dice.Below(text.Length + 1);
            var length = Math.Min(text.Length - at, dice.OneIn(3) ? dice.Below(40) : dice.Below(4));
            switch (dice.Below(8))
            {
                case 0:
                    text.Remove(at, length);
                    break;
                case 1:
                    text.Insert(dice.Below(text.Length + 1), text.ToString(at, length));
                    break;
                case 2:
                    text.Remove(at, length).Insert(at, dice.Of(words));
                    break;
                case 3 when dice.OneIn(8):
                    text.Length = at;
                    break;
                case 4 or 5:
                    text.Insert(at, dice.Of(words));
                    break;
                default:
                    text.Insert(at, Nasty.Text(dice, 2));
                    break;
            }
        }

        return text.ToString();
    }

    private static void Change(Dice dice, List<byte> bytes)
    {
        var at = dice.Below(bytes.Count + 1);
        var length = Math.Min(bytes.Count - at, dice.OneIn(3) ? dice.Below(64) : dice.Below(6));
        switch (dice.Below(7))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << dice.Below(8));
                break;
            case 1:
                bytes.RemoveRange(at, length);
                break;
            case 2:
                bytes.InsertRange(dice.Below(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 3 when dice.OneIn(8):
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 4 when at < bytes.Count:
                bytes[at] = (byte)dice.Next();
                break;
            default:
                bytes.InsertRange(at, Nasty.Piece(dice));
                break;
        }
    }
}
