using System.Collections.Frozen;

namespace Pmilter.Policies.Lists.Broad;

/// <summary>The largest providers where anybody gets an address; there are thousands, and these are the ones that people exempt by mistake.</summary>
internal static class MailProviders
{
    private const string Domains =
        "126.com 163.com aol.com bigpond.com comcast.net daum.net docomo.ne.jp email.com ezweb.ne.jp fastmail.com foxmail.com free.fr freenet.de gmail.com "
        + "gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hanmail.net hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.fr hotmail.it hushmail.com icloud.com "
        + "i.softbank.jp inbox.com laposte.net libero.it list.ru live.com live.jp mac.com mail.com mail.ru me.com msn.com nate.com naver.com o2.pl orange.fr outlook.com "
        + "outlook.de outlook.fr outlook.jp pm.me proton.me protonmail.com qq.com rambler.ru rediffmail.com rocketmail.com seznam.cz sina.com softbank.ne.jp sohu.com "
        + "t-online.de tutanota.com uol.com.br wanadoo.fr web.de wp.pl yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr "
        + "yahoo.it yandex.com yandex.ru yeah.net ymail.com zoho.com";

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Known =
        Domains.Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    public static bool Contains(ReadOnlySpan<char> domain) => Known.Contains(domain);
}
