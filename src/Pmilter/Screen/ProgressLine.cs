using System.Globalization;
using Pmilter.Commands;

namespace Pmilter.Screen;

/// <summary>A bar that is written over ten times a second and leaves nothing behind.</summary>
internal sealed class ProgressLine(Page page, TimeProvider time)
{
    private const int BarWidth = 24;
    private const int UsualWidth = 80;

    /// <summary>Also before the first: what is done at once shows nothing.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private string _what = string.Empty;
    private long _began;
    private long _drawn;
    private long _first;
    private long _last;
    private int _length;

    public void Show(long done, long all, string what)
    {
        if (what != _what || done < _last)
        {
            (_what, _first) = (what, done);
            _began = _drawn = time.GetTimestamp();
        }

        _last = done;
        if (done >= all)
        {
            Erase();
            _what = string.Empty;
        }
        else if (time.GetElapsedTime(_drawn) >= Pause)
        {
            _drawn = time.GetTimestamp();
            Draw(done, all);
        }
    }

    /// <summary>Before anything is written, also by the bar itself: no length is left then.</summary>
    public void Erase()
    {
        var length = _length;
        _length = 0;
        if (length > 0)
        {
            page.Write($"\r{new string(' ', length)}\r");
        }
    }

    private void Draw(long done, long all)
    {
        var bar = StateText.Bar(done, all, BarWidth);
        var text = string.Create(CultureInfo.InvariantCulture, $" {done * 100 / all,3} %  {done:N0} of {all:N0} {_what}{Pace(done, all)}");

        // The last column stays free: a full line would wrap, and could not be written over.
        var room = (page.Width > 0 ? page.Width : UsualWidth) - 1;
        var shown = text[..Math.Clamp(room - BarWidth, 0, text.Length)];
        page.Put(Toned.Good(bar), Toned.Dim(new string('░', BarWidth - bar.Length)), shown);
        page.Flush();
        _length = BarWidth + shown.Length;
    }

    private string Pace(long done, long all)
    {
        var seconds = time.GetElapsedTime(_began).TotalSeconds;
        if (done <= _first || seconds <= 0)
        {
            return string.Empty;
        }

        var rate = (done - _first) / seconds;
        return string.Create(CultureInfo.InvariantCulture, $"  {rate:N0}/s  {StateText.Span(TimeSpan.FromSeconds(Math.Min((all - done) / rate, TimeSpan.FromDays(30).TotalSeconds)))} left");
    }
}
