using BenchmarkDotNet.Running;
using Pmilter.Benchmarks;

if (args is ["memory"])
{
    KeyMemory.Print(Console.Out);
    return;
}

if (args is ["hits"])
{
    HitRate.Print(Console.Out);
    return;
}

if (args is ["snapshot"])
{
    SnapshotTime.Print(Console.Out);
    return;
}

if (args is ["lists"])
{
    ListTimes.Print(Console.Out);
    return;
}

if (args is ["ruby"])
{
    await RubyCalls.PrintAsync(Console.Out);
    return;
}

if (args is ["content"])
{
    await ContentTimes.PrintAsync(Console.Out);
    return;
}

if (args is ["rehearsal", var root])
{
    await RehearsalTimes.PrintAsync(root, Console.Out);
    return;
}

if (args is ["transactions", var configuration])
{
    await TransactionTimes.PrintAsync(configuration, Console.Out);
    return;
}

if (args is ["allocations", var site])
{
    await AllocationTypes.PrintAsync(site, Console.Out);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(KeyMemory).Assembly).Run(args);
