namespace Pmilter.Effects.Notices;

/// <summary>A way to tell a target: a webhook or mail.</summary>
public interface INoticeChannel : IDisposable
{
    /// <summary>For logs, without secrets: <c>webhook hooks.example.com</c>.</summary>
    string Name { get; }

    /// <summary>One attempt. Returns what came back.</summary>
    /// <exception cref="NoticeException">It was not taken.</exception>
    Task<string> SendAsync(NoticeReport notice, CancellationToken cancellationToken);
}

/// <summary>A notice was not taken; the message says why, without secrets.</summary>
public sealed class NoticeException : Exception
{
    public NoticeException()
    {
    }

    public NoticeException(string message)
        : base(message)
    {
    }

    public NoticeException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Trying again would change nothing: the target refuses it.</summary>
    public bool IsPermanent { get; init; }
}
