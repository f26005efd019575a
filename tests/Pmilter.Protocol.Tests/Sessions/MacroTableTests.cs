using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Sessions;

public sealed class MacroTableTests
{
    private readonly MacroTable _macros = new();

    [Fact]
    public void Lookup_BracesOrNot_OneName()
    {
        Store("Mi\0ABC\0{mail_addr}\0a@b\0");
        Assert.Equal(("ABC", "ABC", "a@b", "a@b"), (_macros["i"], _macros["{i}"], _macros["mail_addr"], _macros["{mail_addr}"]));
        Assert.Null(_macros["mail_add"]);
    }

    [Fact]
    public void Lookup_SeveralStages_LatestWins()
    {
        Store("CA\0connect\0");
        Store("MA\0mail\0");
        Assert.Equal("mail", _macros["A"]);
        Store("EA\0end\0");
        Store("NA\0headers\0");
        Assert.Equal("end", _macros["A"]);
    }

    [Fact]
    public void Store_Again_Replaces()
    {
        Store("RA\0one\0B\0two\0");
        Assert.Equal("one", _macros["A"]);
        Store("RA\0three\0");
        Assert.Equal("three", _macros["A"]);
        Assert.Null(_macros["B"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("H")]
    [InlineData("Hname\0")]
    [InlineData("Hname")]
    [InlineData("H\0\0\0")]
    [InlineData("?name\0value\0")]
    [InlineData("Uname\0value\0")]
    public void Store_EmptyOddOrUnknown_Tolerated(string data)
    {
        Store(data);
        Assert.Null(_macros["name"]);
    }

    [Theory]
    [InlineData("L")]
    [InlineData("B")]
    public void Store_PostfixsHeaderAndBodyStages_Found(string stage)
    {
        Store(stage + "i\0QID\0");
        Assert.Equal("QID", _macros["i"]);
    }

    [Fact]
    public void Scope_MessageEnds_ConnectionStays()
    {
        Store("Cj\0mx\0");
        Store("H{cipher}\0x\0");
        Store("Mi\0Q1\0");
        _macros.ClearMessage();
        Assert.Equal(("mx", "x", null), (_macros["j"], _macros["cipher"], _macros["i"]));
        _macros.Clear();
        Assert.Null(_macros["j"]);
    }

    [Fact]
    public void Scope_CommandComes_LaterStagesAreCleared()
    {
        Store("Mi\0Q1\0");
        Store("R{rcpt_addr}\0old\0");
        Store("Ti\0Q0\0");
        _macros.ClearAfter(CommandCode.Mail);
        Assert.Equal(("Q1", null), (_macros["i"], _macros["rcpt_addr"]));
        Assert.Equal(new Dictionary<string, string> { ["i"] = "Q1" }, _macros.ToDictionary());
    }

    private void Store(string data) => _macros.Store(MailText.Encode(data));
}
