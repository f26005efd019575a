using System.Globalization;
using System.Xml;
using Pmilter.Screen;

namespace Pmilter.Rehearsal.Tests;

/// <summary>The XML that CI systems read: a suite a file, a case a test.</summary>
internal static class JunitReport
{
    public static void Write(string path, TestRun run)
    {
        using var xml = XmlWriter.Create(path, new XmlWriterSettings { Indent = true });
        xml.WriteStartElement("testsuites");
        foreach (var file in run.Outcomes.GroupBy(outcome => outcome.File.Source.Path, StringComparer.Ordinal))
        {
            xml.WriteStartElement("testsuite");
            xml.WriteAttributeString("name", file.Key);
            Number(xml, "tests", file.Count());
            Number(xml, "failures", file.Count(outcome => !outcome.HasPassed));
            xml.WriteAttributeString("time", Seconds(file.Aggregate(TimeSpan.Zero, (sum, outcome) => sum + outcome.Took)));
            foreach (var outcome in file)
            {
                Write(xml, outcome);
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void Write(XmlWriter xml, TestOutcome outcome)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", Path.GetFileNameWithoutExtension(outcome.File.Source.Path));
        xml.WriteAttributeString("name", outcome.Test.Name.Value);
        xml.WriteAttributeString("file", outcome.File.Source.Path);
        Number(xml, "line", outcome.Test.Name.Span.Line);
        xml.WriteAttributeString("time", Seconds(outcome.Took));
        if (!outcome.HasPassed)
        {
            var text = new StringWriter(CultureInfo.InvariantCulture);
            new TestReport(new Page(text)).Failed(outcome);
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("message", string.Join("; ", outcome.Failures.Select(f => $"message {f.Number.ToString(CultureInfo.InvariantCulture)}: {f.What} expected {f.Expected}, found {f.Found}")));
            xml.WriteString(text.ToString());
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void Number(XmlWriter xml, string name, int value) => xml.WriteAttributeString(name, value.ToString(CultureInfo.InvariantCulture));

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
}
