namespace Pmilter.Commands;

/// <summary>Results go to the output, talk to the error stream; tests give both.</summary>
internal sealed record Terminal(TextWriter Output, TextWriter Error);
