using Pmilter.Commands;

return await CommandLine.RunAsync(args, new Terminal(Console.Out, Console.Error), CancellationToken.None).ConfigureAwait(false);
