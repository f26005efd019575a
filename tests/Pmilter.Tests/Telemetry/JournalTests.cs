using Pmilter.Telemetry;
using Serilog;
using Serilog.Formatting.Display;

namespace Pmilter.Tests.Telemetry;

public sealed class JournalTests
{
    [Theory]
    [InlineData("8:12345", "socket:[12345]", true)]
    [InlineData("8:12345", "socket:[2345]", false)]
    [InlineData("8:2345", "socket:[12345]", false)]
    [InlineData("8:12345", "/dev/pts/0", false)]
    [InlineData("8:12345", null, false)]
    [InlineData("8:", "socket:[]", false)]
    [InlineData("", "socket:[12345]", false)]
    [InlineData(null, "socket:[12345]", false)]
    public void IsStream_OfAVariableAndADescriptor_ComparesTheInode(string? stream, string? target, bool expected) =>
        Assert.Equal(expected, Journal.IsStream(stream, target));

    [Fact]
    public void PriorityWriter_SeveralLines_EachHasThePriority()
    {
        using var output = new StringWriter();
        using var journal = new PriorityWriter(output);

        journal.Write("one\ntw");
        journal.Priority = PriorityWriter.Warning;
        journal.Write("o\nthree\n");

        Assert.Equal("<3>one\n<3>two\n<4>three\n", output.ToString());
    }

    [Fact]
    public void LogFile_RenamedAndReopened_GoesOnInANewOne()
    {
        var folder = Directory.CreateTempSubdirectory("pmilter-log-").FullName;
        var path = Path.Combine(folder, "pmilter.log");
        var file = new LogFile(new MessageTemplateTextFormatter("{Message}\n"), path);
        using (var log = new LoggerConfiguration().WriteTo.Sink(file).CreateLogger())
        {
            log.Warning("before");
            File.Move(path, path + ".1");
            log.Warning("still the old one");
            file.Reopen();
            log.Warning("after");
        }

        file.Dispose();
        Assert.Equal("before\nstill the old one\n", File.ReadAllText(path + ".1"));
        Assert.Equal("after\n", File.ReadAllText(path));
        Directory.Delete(folder, recursive: true);
    }
}
