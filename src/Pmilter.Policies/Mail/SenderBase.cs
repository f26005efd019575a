namespace Pmilter.Policies.Mail;

/// <summary>The sender behind the tags that mailing lists, forwarders and bounce protection write into local parts.</summary>
internal static class SenderBase
{
    /// <summary>BATV's <c>prvs=</c>, SRS0 and SRS1, then VERP are taken off.</summary>
    public static string Of(EnvelopeAddress address)
    {
        var user = WithoutBatv(address.User);
        if (OriginalOfSrs(user) is { } original)
        {
            return original;
        }

        var bare = WithoutVerp(user);
        return address.Domain.Length == 0 ? bare : $"{bare}@{address.Domain}";
    }

    /// <summary><c>+tag</c> is taken off (Postfix recipient_delimiter's usual value).</summary>
    public static string WithoutTag(EnvelopeAddress address)
    {
        var plus = address.User.IndexOf('+', StringComparison.Ordinal);
        if (plus <= 0 || address.User[0] == '"')
        {
            return address.Text;
        }

        var bare = address.User[..plus];
        return address.Domain.Length == 0 ? bare : $"{bare}@{address.Domain}";
    }

    /// <summary><c>prvs=0123456789=user</c> (draft-levine-smtp-batv) and Barracuda's <c>btv1==0123==user</c>.</summary>
    private static string WithoutBatv(string user)
    {
        if (!user.StartsWith("prvs=", StringComparison.OrdinalIgnoreCase) && !user.StartsWith("btv1==", StringComparison.OrdinalIgnoreCase))
        {
            return user;
        }

        var last = user.LastIndexOf('=');
        return last > 5 && last + 1 < user.Length ? user[(last + 1)..] : user;
    }

    /// <summary><c>SRS0=hash=time=domain=user</c>; <c>SRS1=hash=forwarder==hash=time=domain=user</c>. The sign after SRS0 may be = + or -.</summary>
    private static string? OriginalOfSrs(string user)
    {
        if (user.Length < 6 || user[4] is not ('=' or '+' or '-') || !user.StartsWith("SRS", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var tail = user.AsSpan(5);
        if (user[3] == '1')
        {
            var inner = IndexOfInner(tail);
            if (inner < 0)
            {
                return null;
            }

            tail = tail[(inner + 2)..];
        }
        else if (user[3] != '0')
        {
            return null;
        }

        for (var i = 0; i < 2; i++)
        {
            var equal = tail.IndexOf('=');
            if (equal < 0)
            {
                return null;
            }

            tail = tail[(equal + 1)..];
        }

        var split = tail.IndexOf('=');
        return split > 0 && split + 1 < tail.Length ? $"{tail[(split + 1)..]}@{DomainName.Normalize(tail[..split].ToString())}" : null;
    }

    private static int IndexOfInner(ReadOnlySpan<char> tail)
    {
        for (var i = 0; i + 1 < tail.Length; i++)
        {
            if (tail[i] == '=' && (tail[i + 1] is '=' or '+' or '-'))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary><c>list-bounces+user=example.jp</c> and <c>list-return-12-user=example.jp</c>: the encoded recipient goes, and numbers before it.</summary>
    private static string WithoutVerp(string user)
    {
        var equal = user.IndexOf('=', StringComparison.Ordinal);
        if (equal <= 0)
        {
            return user;
        }

        var plus = user.IndexOf('+', StringComparison.Ordinal);
        var end = plus > 0 && plus < equal ? plus : user.LastIndexOf('-', equal);
        if (end <= 0)
        {
            return user;
        }

        var bare = user.AsSpan(0, end);
        while (bare.LastIndexOf('-') is > 0 and var dash && dash + 1 < bare.Length && bare[(dash + 1)..].IndexOfAnyExceptInRange('0', '9') < 0)
        {
            bare = bare[..dash];
        }

        return bare.ToString();
    }
}
