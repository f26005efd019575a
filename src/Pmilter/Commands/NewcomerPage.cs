using Pmilter.Screen;

namespace Pmilter.Commands;

/// <summary><c>pmilter</c> alone: the way from nothing to a filter that runs.</summary>
internal static class NewcomerPage
{
    private static readonly (string Command, string What)[] Steps =
    [
        ("pmilter init", "a pmilter.yaml, a first policy and its test"),
        ("pmilter check", "is everything written well?"),
        ("pmilter test", "do the policies do what their tests say?"),
        ("pmilter run", "start (pmilter.yaml, inet:127.0.0.1:8895)"),
        ("postconf -e smtpd_milters=inet:127.0.0.1:8895 && postfix reload", string.Empty),
        ("pmilter send inet:127.0.0.1:8895 --client 203.0.113.9 --from a@b.example --to c@d.example", string.Empty),
    ];

    private static readonly (string Command, string What)[] Questions =
    [
        ("pmilter explain --from a@b.example --client 203.0.113.9", "what would become of this message, and why?"),
        ("pmilter simulate --from a@b.example --repeat 100", "which of a hundred is the first refused?"),
    ];

    public static void Write(Page output)
    {
        output.WriteLine("pmilter: a mail filter server whose behaviour is written as YAML policies.");
        output.WriteLine();
        for (var i = 0; i < Steps.Length; i++)
        {
            var (command, what) = Steps[i];
            output.Write($"  {i + 1}. ");
            Write(output, command, what);
        }

        output.WriteLine();
        foreach (var (command, what) in Questions)
        {
            output.Write("     ");
            Write(output, command, what);
        }

        output.WriteLine();
        output.Line($"'{Toned.Strong("pmilter --help")}' lists all verbs, '{Toned.Strong("pmilter VERB --help")}' explains one and gives an example.");
    }

    private static void Write(Page output, string command, string what)
    {
        if (what.Length == 0)
        {
            output.Line($"{Toned.Strong(command)}");
            return;
        }

        output.Line($"{Toned.Strong(command),-57} {Toned.Dim(what)}");
    }
}
