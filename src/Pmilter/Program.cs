using Pmilter.Commands;
using Pmilter.Screen;

return await CommandLine.RunAsync(args, new Terminal(Console.Out, Console.Error, TerminalTraits.OfProcess()), CancellationToken.None).ConfigureAwait(false);
