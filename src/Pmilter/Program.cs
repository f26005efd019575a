using Pmilter.Commands;
using Pmilter.Telemetry;

var error = Journal.HasStandardError ? new PriorityWriter(Console.Error) : Console.Error;
return await CommandLine.RunAsync(args, new Terminal(Console.Out, error) { IsWatched = !Console.IsErrorRedirected }, CancellationToken.None).ConfigureAwait(false);
