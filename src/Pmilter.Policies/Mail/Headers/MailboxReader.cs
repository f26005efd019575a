using System.Text;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Mail.Headers;

/// <summary>Reads one mailbox after the other from an unfolded address list.</summary>
internal sealed class MailboxReader(string text)
{
    private readonly StringBuilder _phrase = new();
    private readonly StringBuilder _comment = new();
    private string? _bracketed;
    private int _position;

    /// <summary>The next mailbox that has an address; null at the end.</summary>
    public Mailbox? Next()
    {
        while (_position < text.Length)
        {
            Restart();
            ReadOne();
            if (Finish() is { } mailbox)
            {
                return mailbox;
            }
        }

        return null;
    }

    private void Restart()
    {
        _phrase.Clear();
        _comment.Clear();
        _bracketed = null;
    }

    private void ReadOne()
    {
        while (_position < text.Length)
        {
            var c = text[_position++];
            switch (c)
            {
                case ',' or ';':
                    return;
                case ':' when _bracketed is null && !_phrase.ToString().Contains('@', StringComparison.Ordinal):
                    // A group's name is no display name.
                    Restart();
                    break;
                case '"':
                    ReadQuoted();
                    break;
                case '(':
                    ReadComment();
                    break;
                case '<':
                    ReadBracketed();
                    break;
                default:
                    _phrase.Append(c);
                    break;
            }
        }
    }

    /// <summary>Quotes stay when a bare address follows (<c>"john doe"@example.jp</c>); a display name loses them in <see cref="Finish"/>.</summary>
    private void ReadQuoted()
    {
        _phrase.Append('"');
        while (_position < text.Length)
        {
            var c = text[_position++];
            _phrase.Append(c);
            if (c == '\\' && _position < text.Length)
            {
                _phrase.Append(text[_position++]);
            }
            else if (c == '"')
            {
                return;
            }
        }
    }

    private void ReadComment()
    {
        var depth = 1;
        while (_position < text.Length && depth > 0)
        {
            var c = text[_position++];
            depth += c switch { '(' => 1, ')' => -1, _ => 0 };
            if (c == '\\' && _position < text.Length)
            {
                c = text[_position++];
            }

            if (depth > 0)
            {
                _comment.Append(c);
            }
        }
    }

    private void ReadBracketed()
    {
        var end = text.IndexOf('>', _position);
        _bracketed = text[_position..(end < 0 ? text.Length : end)].Trim();
        _position = end < 0 ? text.Length : end + 1;
    }

    private Mailbox? Finish()
    {
        var phrase = _phrase.ToString().Trim();
        if (_bracketed is not null)
        {
            return Make(_bracketed, Unquote(phrase));
        }

        // Before RFC 822 the name stood behind the address, in a comment.
        return Make(phrase, _comment.ToString().Trim());
    }

    private static Mailbox? Make(string written, string name)
    {
        if (!written.Contains('@', StringComparison.Ordinal) || written.Any(char.IsWhiteSpace) && !written.StartsWith('"'))
        {
            return null;
        }

        var address = EnvelopeAddress.FromAddress(written);
        return address.Domain.Length == 0 ? null : new Mailbox(address.Text, NormalText.Compose(EncodedWords.Decode(name)), address.Domain);
    }

    /// <summary>Encoded words inside quotes are decoded too: they should not be there (RFC 2047 5.3), and mail programs show them decoded.</summary>
    private static string Unquote(string phrase)
    {
        if (!phrase.Contains('"', StringComparison.Ordinal))
        {
            return phrase;
        }

        var name = new StringBuilder(phrase.Length);
        for (var i = 0; i < phrase.Length; i++)
        {
            if (phrase[i] == '\\' && i + 1 < phrase.Length)
            {
                i++;
                name.Append(phrase[i]);
            }
            else if (phrase[i] != '"')
            {
                name.Append(phrase[i]);
            }
        }

        return name.ToString().Trim();
    }
}
