using System.CommandLine;

namespace Pmilter.Commands;

/// <summary><c>--color</c>, which every verb takes.</summary>
internal static class ColourOption
{
    public const string Auto = "auto";
    public const string Always = "always";
    public const string Never = "never";

    public static Option<string> Create()
    {
        var option = new Option<string>("--color")
        {
            Description = "auto (on a terminal, unless NO_COLOR is set), always or never",
            DefaultValueFactory = _ => Auto,
            Recursive = true,
        };
        option.AcceptOnlyFromAmong(Auto, Always, Never);
        return option;
    }
}
