using System.Globalization;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Kit;

/// <summary>
/// A session in readable lines: <c>need</c> what the handler asks for, <c>&gt;</c> the MTA, <c>=</c> the handler's verdict for that event,
/// <c>&lt;</c> the reply on the wire, <c>*</c> what the handler is told, <c>~</c> a warning or failure.
/// </summary>
internal sealed class Transcript
{
    private readonly Queue<(CommandCode Command, List<string> Verdicts)> _script = new();
    private readonly List<byte[]> _input = [];

    private Transcript()
    {
    }

    public byte[] Input => Frames.Join([.. _input]);

    public List<string> Replies { get; } = [];

    public List<string> Calls { get; } = [];

    public List<string> Warnings { get; } = [];

    public Requirements Requirements { get; private set; } = new() { Actions = MilterActions.All, Events = MilterEvents.All, Replies = MilterEvents.All };

    public static Transcript Load(string name)
    {
        var transcript = new Transcript();
        foreach (var line in File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Transcripts", name + ".txt")))
        {
            transcript.Read(line);
        }

        return transcript;
    }

    /// <summary>The verdicts written for the next event of that kind; events that the handler is not asked are passed over.</summary>
    public static Func<CommandCode, List<string>> Reader(Transcript transcript)
    {
        var script = new Queue<(CommandCode Command, List<string> Verdicts)>(transcript._script);
        return command =>
        {
            while (script.TryDequeue(out var next))
            {
                if (next.Command == command)
                {
                    return next.Verdicts;
                }
            }

            return [];
        };
    }

    private void Read(string line)
    {
        var rest = line.Length > 2 ? line[2..] : "";
        switch (line.Length == 0 ? '#' : line[0])
        {
            case '#':
                break;
            case 'n':
                Need(line["need ".Length..].Split(' '));
                break;
            case '>':
                Send(rest);
                break;
            case '=':
                _script.Last().Verdicts.Add(rest);
                break;
            case '<':
                Replies.Add(rest);
                break;
            case '*':
                Calls.Add(rest);
                break;
            case '~':
                Warnings.Add(rest);
                break;
            default:
                throw new FormatException(line);
        }
    }

    private void Send(string text)
    {
        var (frame, command) = TranscriptWords.Frame(text);
        _input.Add(frame);
        if (EventSteps.EventOf(command) != MilterEvents.None)
        {
            _script.Enqueue((command, []));
        }
    }

    private void Need(string[] words)
    {
        foreach (var word in words)
        {
            var (key, value) = (word.Split('=')[0], word[(word.IndexOf('=') + 1)..]);
            Requirements = key switch
            {
                "events" => Requirements with { Events = Enum.Parse<MilterEvents>(value, ignoreCase: true) },
                "replies" => Requirements with { Replies = Enum.Parse<MilterEvents>(value, ignoreCase: true) },
                "actions" => Requirements with { Actions = (MilterActions)uint.Parse(value, NumberStyles.HexNumber) },
                "noskip" => Requirements with { Skip = false },
                "leadspace" => Requirements with { LeadingSpace = true },
                _ => throw new FormatException(word),
            };
        }
    }
}
