using System.Net;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;

namespace Pmilter.Policies.Scripts;

/// <summary>What a script of one policy may read of the running event. Read only while the event waits for the script.</summary>
internal sealed class ScriptFacts(EvaluationContext context, BindingScope scope, IStateStore store) : IScriptFacts
{
    private Transaction Transaction => context.Transaction;

    public ScriptValue Field(string name) => name switch
    {
        // What the original's methods read besides macros.
        "connect_host" => ScriptValue.Of(Transaction.Connection.Client.Announced),
        "mail_from_raw" => ScriptValue.Of(Transaction.Message.Sender.Argument),
        "rcpt_addr_saved" => ScriptValue.Of(Transaction.Message.Recipients is { Count: > 0 } all ? all[^1].MacroAddress : string.Empty),
        "receive_time" => ScriptValue.Of(Transaction.Phase == Phase.Eom ? context.Now.ToUnixTimeSeconds() : 0d),
        "body_chunk" => ScriptValue.Of(Transaction.Chunk),
        _ => FieldCatalog.Find(name) is { } field && field.IsKnownIn(Transaction.Phase) && (field.Content & ~Transaction.ContentNeeds) == Mail.Content.ContentNeeds.None ? Read(field) : ScriptValue.Nil,
    };

    public async ValueTask<ScriptValue> AskAsync(string question, IReadOnlyList<string> arguments, CancellationToken cancellationToken) => (question, arguments) switch
    {
        ("header", [var name]) => ScriptValue.Of(Transaction.Message.Headers.Value(name)),
        ("headers", []) => Headers(),
        ("macro", [var name]) => ScriptValue.Of(Transaction.Macro(name.Trim('{', '}'))),
        ("counter", { Count: > 0 }) => await CountAsync(arguments[0], [.. arguments.Skip(1)], cancellationToken).ConfigureAwait(false),
        ("in_list", [var list, var value]) => IsIn(list, value),
        ("tagged", [var tag]) => ScriptValue.Of(Transaction.Annotations.HasTag(tag, context.IsShadow)),
        ("var", [var name]) => Variable(name),
        _ => ScriptValue.Nil,
    };

    private ScriptValue Read(Field field) => field switch
    {
        Field<string> text => ScriptValue.Of(text.Read(context)),
        Field<double> number => ScriptValue.Of(number.Read(context)),
        Field<bool> truth => ScriptValue.Of(truth.Read(context)),
        Field<IPAddress?> address => ScriptValue.Of(address.Read(context)?.ToString() ?? string.Empty),
        _ => ScriptValue.Nil,
    };

    /// <summary>Pairs of name and value as sent, without the space behind the colon, whoever may have asked the MTA for that.</summary>
    private ScriptValue Headers()
    {
        var fields = Transaction.Message.Headers.All.Select(field => ScriptValue.Of([ScriptValue.Of(field.Name), ScriptValue.Of(WithoutSpace(field.Raw))]));
        return ScriptValue.Of([.. fields]);
    }

    private string WithoutSpace(string raw) => Transaction.HasLeadingSpace && raw.StartsWith(' ') ? raw[1..] : raw;

    private async ValueTask<ScriptValue> CountAsync(string name, string[] key, CancellationToken cancellationToken)
    {
        if (!scope.Counters.TryGetValue(name, out var counter))
        {
            return ScriptValue.Nil;
        }

        if (key.Length == 0)
        {
            var reading = context.Readings[counter.Index, context.IsShadow];
            return ScriptValue.Of(double.IsNaN(reading) ? 0 : reading);
        }

        var batch = new StateBatch();
        batch.Add(new StateOperation
        {
            Kind = StateOperationKind.Read,
            Counter = context.IsShadow ? counter.ShadowDefinition : counter.Definition,
            Key = KeyFolding.Join(key).AsMemory(),
        });
        await store.ExecuteAsync(batch, context.Now, cancellationToken).ConfigureAwait(false);
        context.IsDegraded |= batch.IsDegraded;
        return ScriptValue.Of(batch[0].Value);
    }

    private ScriptValue IsIn(string name, string value)
    {
        if (!scope.Lists.TryGetValue(name, out var list))
        {
            return ScriptValue.Nil;
        }

        return ScriptValue.Of(list.Type switch
        {
            ListType.Cidr => IPAddress.TryParse(value, out var address) && list.Contains(address),
            ListType.Number => double.TryParse(value, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number) && list.Contains(number),
            ListType.Map => list.Find(value, 0) is not null,
            _ => list.Contains(value),
        });
    }

    private ScriptValue Variable(string name) => Transaction.Annotations.Variable(name, context.IsShadow) switch
    {
        string text => ScriptValue.Of(text),
        double number => ScriptValue.Of(number),
        bool truth => ScriptValue.Of(truth),
        _ => ScriptValue.Nil,
    };
}
