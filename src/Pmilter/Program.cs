using Pmilter.Commands;
using Pmilter.Screen;
using Pmilter.Telemetry;

var error = Journal.HasStandardError ? new PriorityWriter(Console.Error) : Console.Error;
return await CommandLine.RunAsync(args, new Terminal(Console.Out, error, TerminalTraits.OfProcess()), CancellationToken.None).ConfigureAwait(false);
