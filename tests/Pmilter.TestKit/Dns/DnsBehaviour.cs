namespace Pmilter.TestKit.Dns;

/// <summary>How the server treats the names at or below a domain.</summary>
public enum DnsBehaviour
{
    /// <summary>What it has, else NXDOMAIN.</summary>
    Answers,

    /// <summary>It says nothing at all.</summary>
    IsSilent,

    /// <summary>It says nothing until it is told to.</summary>
    IsHeld,

    /// <summary>SERVFAIL.</summary>
    Fails,

    /// <summary>REFUSED.</summary>
    Refuses,

    /// <summary>Over UDP the response is cut; over TCP it is whole.</summary>
    IsCut,

    /// <summary>Cut over UDP, and TCP ends in the middle.</summary>
    IsCutForGood,

    /// <summary>Bytes that are no DNS.</summary>
    IsBroken,

    /// <summary>The right id, and an answer to another question.</summary>
    AnswersAnother,
}
