using Pmilter.Commands;

return await CommandLine.RunAsync(args, new Terminal(Console.Out, Console.Error) { IsWatched = !Console.IsErrorRedirected }, CancellationToken.None).ConfigureAwait(false);
