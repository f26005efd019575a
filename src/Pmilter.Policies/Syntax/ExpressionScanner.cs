using System.Globalization;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>
/// Reads a condition into tokens. It exists because NCalc's own lexer drops what it does not know: here every character counts.
/// What can be guessed (double quotes, AND) is reported and read as meant, so that the binder can report its part too.
/// </summary>
internal sealed class ExpressionScanner(YamlScalar scalar, DiagnosticBag diagnostics)
{
    private readonly string _text = scalar.Value;
    private readonly List<ExpressionToken> _tokens = [];
    private int _position;
    private bool _failed;

    /// <summary>Null when the rest makes no sense; the reason is in the diagnostics.</summary>
    public IReadOnlyList<ExpressionToken>? Scan()
    {
        if (_text.Length > ExpressionLimits.MaxLength)
        {
            diagnostics.Add(ExpressionDiagnostics.TooLong(scalar.Span, _text.Length));
            return null;
        }

        while (_position < _text.Length && !_failed)
        {
            ScanOne();
            if (_tokens.Count > ExpressionLimits.MaxTokens)
            {
                diagnostics.Add(ExpressionDiagnostics.TooManyTokens(scalar.Span));
                return null;
            }
        }

        return _failed ? null : _tokens;
    }

    private void ScanOne()
    {
        var c = _text[_position];
        if (c is ' ' or '\t' or '\r' or '\n')
        {
            _position++;
        }
        else if (char.IsAsciiLetter(c) || c == '_')
        {
            ScanName();
        }
        else if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek(1))))
        {
            ScanNumber();
        }
        else if (c is '\'' or '"')
        {
            ScanText(c);
        }
        else if (c == '[')
        {
            ScanBrackets();
        }
        else
        {
            ScanSign(c);
        }
    }

    private void ScanName()
    {
        var start = _position;
        while (char.IsAsciiLetterOrDigit(Peek(0)) || Peek(0) == '_')
        {
            _position++;
        }

        var word = _text[start.._position];
        var lower = word.ToLowerInvariant();
        if (lower is not ("and" or "or" or "not" or "true" or "false"))
        {
            Add(TokenKind.Name, start, word);
            return;
        }

        if (lower != word)
        {
            diagnostics.Add(ExpressionDiagnostics.UpperCaseKeyword(Span(start), word));
        }

        Add(lower is "true" or "false" ? TokenKind.Bool : TokenKind.Operator, start, lower);
    }

    private void ScanNumber()
    {
        var start = _position;
        while (char.IsAsciiLetterOrDigit(Peek(0)) || Peek(0) is '.' or '_' || IsExponentSign(start))
        {
            _position++;
        }

        var word = _text[start.._position];
        const NumberStyles style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (word[^1] == '.' || !double.TryParse(word, style, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
        {
            diagnostics.Add(ExpressionDiagnostics.BadNumber(Span(start), word));
            value = 0;
        }

        _tokens.Add(new ExpressionToken(TokenKind.Number, start, _position - start, word, value));
    }

    /// <summary>The sign in <c>1e-3</c>; in <c>0xe+1</c> and <c>1e3-2</c> it is a sign of its own.</summary>
    private bool IsExponentSign(int start)
    {
        if (Peek(0) is not ('+' or '-') || Peek(-1) is not ('e' or 'E') || !char.IsAsciiDigit(Peek(1)))
        {
            return false;
        }

        foreach (var c in _text.AsSpan(start, _position - start - 1))
        {
            if (!char.IsAsciiDigit(c) && c != '.')
            {
                return false;
            }
        }

        return true;
    }

    private void ScanText(char quote)
    {
        var start = _position++;
        var value = new System.Text.StringBuilder();
        while (_position < _text.Length && _text[_position] != quote)
        {
            var c = _text[_position];
            if (c == '\\')
            {
                value.Append(ScanEscape());
                continue;
            }

            if (char.IsControl(c))
            {
                diagnostics.Add(ExpressionDiagnostics.ControlCharacter(scalar.SpanOf(_position, 1), c));
            }

            value.Append(c);
            _position++;
        }

        if (_position == _text.Length)
        {
            Fail(ExpressionDiagnostics.UnclosedText(scalar.SpanOf(start, 1)));
            return;
        }

        _position++;
        if (quote == '"')
        {
            diagnostics.Add(ExpressionDiagnostics.DoubleQuotes(Span(start), _text[(start + 1)..(_position - 1)]));
        }

        Add(TokenKind.Text, start, value.ToString());
    }

    private string ScanEscape()
    {
        var start = _position++;
        var c = Peek(0);
        if (c == 'u' && _position + 4 < _text.Length
            && ushort.TryParse(_text.AsSpan(_position + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
        {
            _position += 5;
            return ((char)unit).ToString();
        }

        var resolved = c switch { 'n' => "\n", 'r' => "\r", 't' => "\t", '\'' => "'", '\\' => "\\", _ => null };
        _position += _position < _text.Length ? 1 : 0;
        if (resolved is null)
        {
            diagnostics.Add(ExpressionDiagnostics.BadEscape(Span(start), _text[start.._position]));
        }

        return resolved ?? _text[start.._position];
    }

    private void ScanBrackets()
    {
        var start = _position;
        var end = _text.IndexOf(']', start);
        if (end < 0)
        {
            _position++;
            Fail(ExpressionDiagnostics.UnknownCharacter(Span(start), "'['", null));
            return;
        }

        _position = end + 1;
        var inner = _text[(start + 1)..end];
        diagnostics.Add(ExpressionDiagnostics.BracketName(Span(start), inner));
        Add(TokenKind.Name, start, inner);
    }

    private void ScanSign(char c)
    {
        var start = _position;
        foreach (var sign in ExpressionSigns.All)
        {
            if (_text.AsSpan(start).StartsWith(sign.Written, StringComparison.Ordinal))
            {
                _position += sign.Written.Length;
                var refusal = sign.Refuse?.Invoke(Span(start), sign.Written);
                if (refusal is not null)
                {
                    Fail(refusal);
                    return;
                }

                Add(sign.Kind, start, sign.Canonical);
                return;
            }
        }

        _position += char.IsSurrogatePair(_text, start) ? 2 : 1;
        Fail(c == '#'
            ? ExpressionDiagnostics.Date(Span(start))
            : ExpressionDiagnostics.UnknownCharacter(Span(start), ExpressionSigns.Describe(_text[start.._position]), ExpressionSigns.MendOf(c)));
    }

    private void Add(TokenKind kind, int start, string canonical) =>
        _tokens.Add(new ExpressionToken(kind, start, _position - start, canonical));

    private void Fail(Diagnostic diagnostic)
    {
        diagnostics.Add(diagnostic);
        _failed = true;
    }

    private SourceSpan Span(int start) => scalar.SpanOf(start, _position - start);

    private char Peek(int ahead) => _position + ahead >= 0 && _position + ahead < _text.Length ? _text[_position + ahead] : '\0';
}
