using System.Collections.Frozen;

namespace Pmilter.Policies.Lists;

/// <summary>ISO 3166-1 alpha-2 codes, and those that country data use beside them: ZZ (unknown), XK (Kosovo), EU.</summary>
public static class CountryCodes
{
    private const string Assigned =
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU "
        + "CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID "
        + "IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR "
        + "MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ "
        + "SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "
        + "ZZ XK EU";

    /// <summary>All codes in upper case.</summary>
    public static IReadOnlySet<string> All { get; } = Assigned.Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Ignoring case.</summary>
    public static bool IsKnown(string code) => All.Contains(code);

    /// <summary>What was probably meant by an unknown code: <c>did you mean 'GB'?</c>; null when nothing is near.</summary>
    public static string? HintFor(string written) => written.ToUpperInvariant() switch
    {
        "UK" or "GBR" => "did you mean 'GB'?",
        "SU" or "RUS" => "did you mean 'RU'?",
        "EL" or "GRC" => "did you mean 'GR'?",
        "USA" => "did you mean 'US'?",
        "JPN" => "did you mean 'JP'?",
        "CHN" => "did you mean 'CN'?",
        "AN" => "AN was dissolved: BQ, CW, SX",
        "A1" or "A2" or "O1" or "XX" or "--" or "AP" => "an unknown country is 'ZZ'",
        _ => null,
    };
}
