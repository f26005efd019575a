using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Tests.Kit;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Sessions;

public sealed class TranscriptTests
{
    public static TheoryData<string> Names()
    {
        var data = new TheoryData<string>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Transcripts"), "*.txt").Order(StringComparer.Ordinal))
        {
            data.Add(Path.GetFileNameWithoutExtension(file));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Transcript_Whole_AsWritten(string name)
    {
        var transcript = Transcript.Load(name);
        await RunAsync(transcript, ChunkTransport.Whole(transcript.Input));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Transcript_ByteByByteAndAtEverySplit_AsWritten(string name)
    {
        var transcript = Transcript.Load(name);
        var input = transcript.Input;
        await RunAsync(transcript, ChunkTransport.ByteByByte(input));
        for (var at = 1; at < input.Length; at++)
        {
            await RunAsync(transcript, ChunkTransport.SplitAt(input, at));
        }
    }

    private static async Task RunAsync(Transcript transcript, ChunkTransport transport)
    {
        var verdicts = Transcript.Reader(transcript);
        var observer = new RecordingObserver();
        var handler = new ScriptedHandler
        {
            Requirements = transcript.Requirements,
            Decide = (command, _) => verdicts(command) is [var line, ..] ? Decide(line) : new(Verdict.Continue),
            DecideMessage = _ => new(TranscriptWords.Message(verdicts(CommandCode.EndOfMessage))),
        };

        await Serve.RunAsync(transport, handler, observer);

        Assert.Equal(transcript.Replies, Frames.Split(transport.Written).Select(TranscriptWords.Reply));
        Assert.Equal(transcript.Calls, handler.Calls.Select(TranscriptWords.Escape));
        string[] said = [.. observer.Warnings, .. observer.Failures];
        Assert.Equal(transcript.Warnings.Count, said.Length);
        Assert.All(transcript.Warnings.Zip(said), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
    }

    private static ValueTask<Verdict> Decide(string line) =>
        line is "throw" ? throw new InvalidOperationException("scripted") : new(Words.Parse(line));
}
