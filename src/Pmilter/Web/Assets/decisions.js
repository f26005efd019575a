// Decisions as they come, and the reasons of one.
import { ask, badge, byId, h, keep, moment, number, say, seconds } from './dom.js';

const kept = 500;
let all = [];
let newest = 0;
let server = '';
let paused = null;

const words = (decision) => [
  decision.id, decision.session, decision.queue_id, decision.client.ip, decision.client.country, decision.client.name, decision.helo,
  decision.mail_from, decision.sasl_login, ...decision.rcpt, decision.policy, decision.rule, decision.reply, decision.verdict,
  ...decision.would.map((would) => `${would.policy}/${would.rule}`),
].join(' ').toLowerCase();

const isRefused = (decision) => ['reject', 'tempfail', 'discard'].includes(decision.verdict);

function isWanted(decision) {
  const verdict = byId('filter-verdict').value;
  const fits = verdict === '' ? true
    : verdict === 'refused' ? isRefused(decision)
    : verdict === 'would' ? decision.would.length > 0
    : verdict === 'continue' ? ['continue', 'allow', 'accept', 'skip'].includes(decision.verdict)
    : decision.verdict === verdict;
  return fits && byId('filter-text').value.toLowerCase().split(/\s+/).every((word) => decision.words.includes(word));
}

/** Reads what is new. A server that was started anew begins at 1 again. */
export async function update(since) {
  if (since !== server) {
    server = since;
    newest = 0;
  }

  const answer = await ask(`/api/decisions?after=${newest}`);
  if (answer.anew) {
    all = [];
  }

  for (const decision of answer.decisions) {
    decision.words = words(decision);
    newest = decision.number;
    all.unshift(decision);
  }

  all.length = Math.min(all.length, kept);
  if (answer.decisions.length || answer.anew) {
    show();
  }
}

function show() {
  const rows = paused ?? all;
  const wanted = rows.filter(isWanted);
  keep(byId('decisions'), wanted, keyOf, line);
  keep(byId('last-decisions'), all.slice(0, 9), keyOf, line);
  byId('no-decisions').hidden = wanted.length > 0;
  byId('no-last').hidden = all.length > 0;
  const waiting = paused ? newest - (paused[0]?.number ?? 0) : 0;
  say(byId('decisions-shown'), `${number(wanted.length)} of the last ${number(rows.length)}${waiting > 0 ? `, ${number(waiting)} more since the pause` : ''}`);
}

const keyOf = (decision) => `${server} ${decision.number}`;

const address = (text) => `<${text}>`;

function recipients(decision) {
  return decision.rcpt_count === 0 ? '' : decision.rcpt_count === 1 ? address(decision.rcpt[0]) : `${address(decision.rcpt[0])} and ${decision.rcpt_count - 1} more`;
}

function line(decision) {
  const rule = decision.rule ? `${decision.policy}/${decision.rule}` : '';
  const would = decision.would[0];
  return h('li', null, h('button', { type: 'button', class: 'row', onclick: () => open(decision.number) },
    h('time', { datetime: decision.time }, seconds(new Date(decision.time))),
    badge(decision.verdict),
    h('span', { class: 'client' }, decision.client.ip || 'local', ' ', h('span', { class: 'hint' }, decision.client.country === 'ZZ' ? '' : decision.client.country)),
    h('span', { class: 'mail' }, address(decision.mail_from), decision.rcpt_count ? ' → ' : '', recipients(decision)),
    h('span', { class: 'rule' }, rule, would ? h('span', { class: 'would' }, `${rule ? ', ' : ''}would ${would.verdict}: ${would.policy}/${would.rule}`) : null)));
}

async function open(chosen) {
  const dialog = byId('decision');
  byId('decision-body').replaceChildren(h('p', { class: 'hint' }, 'The policies are asked…'));
  dialog.showModal();
  try {
    const answer = await ask(`/api/decision?number=${chosen}`);
    byId('decision-body').replaceChildren(...facts(answer.decision), notes(answer.notes), answer.explanation ? tree(answer.explanation) : '', values(answer.decision));
  } catch (error) {
    byId('decision-body').replaceChildren(h('p', { class: 'problem' }, error.message));
  }
}

function facts(decision) {
  const pairs = [
    ['Time', moment(new Date(decision.time))],
    ['Client', [decision.client.ip || 'local', decision.client.name, decision.client.country].filter(Boolean).join('  ')],
    ['HELO', decision.helo],
    ['Login', decision.sasl_login],
    ['Sender', address(decision.mail_from)],
    ['Recipients', decision.rcpt.map(address).join(', ')],
    ['Queue id', decision.queue_id],
    ['Session', decision.session],
    ['Rule', decision.rule ? `${decision.policy}/${decision.rule} (${decision.mode})` : 'none decided'],
    ['Reply', decision.reply],
    ['Took', `${number(decision.took_us)} µs`],
    ['Decision', decision.id],
  ];
  return [
    h('p', { class: 'sum' }, badge(decision.verdict), ` at ${decision.phase}`, ...decision.would.map((would) => h('span', { class: 'would' }, ` would ${would.verdict}: ${would.policy}/${would.rule}`))),
    h('dl', { class: 'facts' }, pairs.filter(([, text]) => text).map(([name, text]) => [h('dt', null, name), h('dd', null, text)]).flat()),
  ];
}

export const notes = (texts) => h('ul', { class: 'notes' }, texts.map((text) => h('li', null, text)));

const signs = { fired: '●', held: '●', would: '◌', failed: '!', no_match: '–', not_reached: '·', not_in_force: '·' };

const isIdle = (rule) => ['no_match', 'not_reached', 'not_in_force'].includes(rule.state);

/** What `pmilter explain` says: phases, their rules, the reasons. Phases without a match are closed. */
export function tree(explanation) {
  const phases = explanation.events.filter((event) => event.rules.length > 0);
  return h('div', { class: 'tree' },
    h('h3', null, 'Why'),
    h('p', { class: 'sum' }, badge(explanation.verdict), ` at ${explanation.phase}`, explanation.rule ? ` by ${explanation.policy}/${explanation.rule}` : ': no rule decided',
      explanation.reply ? h('code', null, explanation.reply) : null),
    explanation.unknown.length ? h('p', { class: 'hint' }, `Not asked, and unknown: ${explanation.unknown.join(', ')}`) : null,
    phases.map((event) => {
      const isTelling = event.rules.some((rule) => !isIdle(rule));
      return h('details', { open: isTelling },
        h('summary', null, h('strong', null, event.phase), event.subject ? ` ${event.subject}` : '', ' ', event.verdict === 'continue' ? '' : badge(event.verdict), h('span', { class: 'hint' }, ` ${event.rules.length} ${event.rules.length === 1 ? 'rule' : 'rules'}`)),
        h('ul', null, event.rules.map((rule) => h('li', { class: rule.state },
          h('span', { class: 'sign', 'aria-hidden': 'true' }, signs[rule.state] ?? '●'),
          h('span', null, `${rule.policy}/${rule.rule} `, rule.mode === 'monitor' ? badge('monitor') : null, ' ',
            h('span', { class: 'hint' }, isIdle(rule) ? rule.why.join('; ') : `${rule.state}${rule.verdict === 'continue' ? '' : `: ${rule.verdict}`}, ${rule.file}:${rule.line}`)),
          !isIdle(rule) && rule.why.length ? h('pre', null, rule.why.map((why) => why.replace(/ {3,}/, '  ')).join('\n')) : null))));
    }),
    explanation.changes.length ? [h('h3', null, 'Changes'), h('pre', null, explanation.changes.join('\n'))] : null,
    explanation.notices.length ? [h('h3', null, 'Would tell'), h('pre', null, explanation.notices.map((notice) => `${notice.target}: ${notice.text}`).join('\n'))] : null);
}

function values(decision) {
  const entries = Object.entries(decision.values ?? {});
  return entries.length === 0 ? '' : h('details', null,
    h('summary', null, h('strong', null, 'What the policies read')),
    h('dl', { class: 'facts' }, entries.map(([name, value]) => [h('dt', null, name), h('dd', null, typeof value === 'string' ? value : JSON.stringify(value))]).flat()));
}

export function begin() {
  byId('filter-text').addEventListener('input', show);
  byId('filter-verdict').addEventListener('change', show);
  byId('pause').addEventListener('click', () => {
    paused = paused ? null : [...all];
    byId('pause').setAttribute('aria-pressed', String(paused !== null));
    say(byId('pause'), paused ? 'Go on' : 'Pause');
    show();
  });
  byId('decision-close').addEventListener('click', () => byId('decision').close());
  byId('decision').addEventListener('click', (event) => {
    if (event.target === byId('decision')) {
      byId('decision').close();
    }
  });
}
