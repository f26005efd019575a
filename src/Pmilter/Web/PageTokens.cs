using Pmilter.Admin;
using Pmilter.Server;

namespace Pmilter.Web;

/// <summary>What opens the admin page, opened before mail comes: a wrong file stops the start.</summary>
/// <param name="Whole">Reads and releases.</param>
/// <param name="Reading">Reads alone; null where that is not meant.</param>
internal sealed record PageTokens(PageToken Whole, PageToken? Reading)
{
    /// <exception cref="ServerStartException">A file cannot be used, or both hold the same token.</exception>
    public static PageTokens Open(PageSettings page)
    {
        var whole = PageToken.Open(page.TokenFile);
        var reading = page.ReadTokenFile.Length > 0 ? PageToken.Open(page.ReadTokenFile) : null;
        return reading is not null && whole.Is(reading.Text)
            ? throw new ServerStartException($"{page.ReadTokenFile} holds the page's own token: whoever reads could change things. Remove the file, and the next start makes a new one.")
            : new PageTokens(whole, reading);
    }

    /// <summary>For those who may change things; null where the page is at no address.</summary>
    public PageLinkAnswer? LinkAt(string? address) => address is null ? null : new PageLinkAnswer(address, Whole.Text);

    /// <summary>For those who only look; null where that is not meant.</summary>
    public PageLinkAnswer? ReadLinkAt(string? address) => address is null || Reading is null ? null : new PageLinkAnswer(address, Reading.Text);
}
