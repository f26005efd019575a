// The page: reads the overview each two seconds, and what the open view needs.
import { ask, badge, byId, compact, day, h, keep, moment, number, percent, post, say, seconds, span } from './dom.js';
import { bar, Chart, kinds, legend, meter } from './figures.js';
import * as decisions from './decisions.js';
import * as policies from './policies.js';

// A link with a token that is opened once more: it must not stay in the address.
if (location.hash.startsWith('#token=')) {
  history.replaceState(null, '', '/');
}

const pause = 2000;
const views = ['overview', 'decisions', 'rules', 'bans', 'policies', 'playground'];
let minutes = 60;
let overview = null;
let state = null;
let checked = '';
let wake = () => {};

const viewOfNow = () => (views.includes(location.hash.slice(1)) ? location.hash.slice(1) : 'overview');

const chart = new Chart(byId('chart'), (counts, when) => {
  const sum = counts.reduce((a, b) => a + b, 0);
  say(byId('chart-when'), when);
  keep(byId('tiles'), [{ name: 'messages', css: 'all', count: sum }, ...kinds.map((kind, i) => ({ ...kind, count: counts[i] }))], (tile) => tile.name,
    (tile) => h('li', { class: tile.css }, h('span', { class: 'name' }, tile.css === 'all' ? null : legend(tile.css), tile.name), h('span', { class: 'count' }), h('span', { class: 'hint' })),
    (item, tile) => {
      say(item.querySelector('.count'), tile.count < 100000 ? number(tile.count) : compact(tile.count));
      say(item.querySelector('.hint'), tile.css === 'all' ? `${compact(sum / Math.max(1, when ? overview.chart.step_minutes : minutes))} a minute` : percent(tile.count, sum));
    });
});

/** What a rule has come to, in words. */
function outcome(rule) {
  const parts = Object.entries(rule.hits).map(([verdict, hits]) => `${verdict !== 'continue' ? verdict : rule.mode === 'monitor' ? 'fire' : 'fired'} ${number(hits)}`);
  return rule.mode === 'monitor' && parts.length ? `would ${parts.join(', ')}` : parts.join(', ');
}

const ruleName = (rule) => `${rule.policy}/${rule.rule}`;
const isBlown = (rule) => overview.status.safety.blown.some((fuse) => fuse.rule === ruleName(rule) || fuse.rule === 'all');
const parts = (rule) => kinds.map((kind) => [kind.css, kind.verdicts.reduce((sum, verdict) => sum + (rule.hits[verdict] ?? 0), 0)]);

function showRules() {
  const rules = overview.rules;
  const most = Math.max(1, ...rules.map((rule) => rule.sum));
  const renew = (item, rule) => {
    say(item.querySelector('.outcome'), outcome(rule));
    say(item.querySelector('.value'), number(rule.sum));
    item.querySelector('.figure').replaceChildren(bar(rule.mode === 'monitor' ? [['would', rule.sum]] : parts(rule), most));
  };
  const fired = rules.filter((rule) => rule.sum > 0).sort((a, b) => b.sum - a.sum);
  byId('no-rules').hidden = fired.length > 0;
  keep(byId('top-rules'), fired.slice(0, 8), ruleName, (rule) => h('li', { class: rule.mode },
    h('span', { class: 'what' }, ruleName(rule), ' ', rule.mode === 'monitor' ? badge('monitor') : null), h('span', { class: 'value' }), h('span', { class: 'figure' }), h('span', { class: 'outcome hint' })), renew);

  const wanted = byId('rule-text').value.toLowerCase().split(/\s+/);
  const orders = {
    hits: (a, b) => b.sum - a.sum,
    written: () => 0,
    would: (a, b) => (b.mode === 'monitor') - (a.mode === 'monitor') || b.sum - a.sum,
    errors: (a, b) => b.errors - a.errors || b.sum - a.sum,
  };
  const shown = rules.filter((rule) => wanted.every((word) => [ruleName(rule), rule.mode, rule.when, rule.limit, rule.description].join(' ').toLowerCase().includes(word))).sort(orders[byId('rule-order').value]);
  say(byId('rules-shown'), `${number(shown.length)} of ${number(rules.length)}`);
  keep(byId('rules'), shown, (rule) => `${ruleName(rule)} ${overview.status.policies.revision} ${rule.mode} ${isBlown(rule)}`, ruleCard, (item, rule) => {
    renew(item, rule);
    const beside = [['near its limit', rule.near], ['let off by unless', rule.unless], ['errors', rule.errors]].filter(([, count]) => count > 0);
    say(item.querySelector('.beside'), beside.map(([name, count]) => `${name} ${number(count)}`).join(' · '));
    item.classList.toggle('failing', rule.errors > 0);
  });
}

function ruleCard(rule) {
  return h('li', { class: rule.mode },
    h('details', null,
      h('summary', null,
        h('span', { class: 'what' }, ruleName(rule), ' ', isBlown(rule) ? badge('fuse blown', 'blown') : rule.mode === 'enforce' ? null : badge(rule.mode)),
        h('code', { class: 'condition hint' }, rule.limit || rule.when || 'always'),
        h('span', { class: 'value' }), h('span', { class: 'figure' }), h('span', { class: 'outcome hint' }), h('span', { class: 'beside' })),
      h('dl', { class: 'facts' }, [
        ['About', rule.description], ['Phase', rule.phase], ['When', rule.when || 'always'], ['Limit', rule.limit], ['Does', rule.does], ['Where', rule.place],
      ].filter(([, text]) => text).map(([name, text]) => [h('dt', null, name), h('dd', null, text)]).flat())));
}

function showCountries() {
  const all = overview.countries;
  const most = Math.max(1, ...all.map((country) => country.messages));
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });
  const nameOf = (code) => (code === 'ZZ' ? 'unknown' : names.of(code));
  byId('no-countries').hidden = all.length > 0;
  keep(byId('countries'), all.slice(0, 8), (country) => country.code,
    (country) => h('li', null, h('span', { class: 'what' }, h('strong', null, country.code), ` ${nameOf(country.code)}`), h('span', { class: 'value' }), h('span', { class: 'figure' }), h('span', { class: 'outcome hint' })),
    (item, country) => {
      say(item.querySelector('.value'), number(country.messages));
      item.querySelector('.figure').replaceChildren(bar([['reject', country.refused], ['pass', country.messages - country.refused]], most));
      say(item.querySelector('.outcome'), country.refused ? `${number(country.refused)} refused, ${percent(country.refused, country.messages)}` : '');
    });
}

/** A button that asks once more, and is calm again after a while. act() says what came of it. */
function careful(css, text, act) {
  let timer = 0;
  const button = h('button', { type: 'button', class: css }, text);
  const calm = () => {
    clearTimeout(timer);
    button.classList.remove('sure');
    say(button, text);
  };
  button.addEventListener('click', async () => {
    if (!button.classList.contains('sure')) {
      button.classList.add('sure');
      say(button, 'Sure?');
      timer = setTimeout(calm, 5000);
      return;
    }

    calm();
    button.disabled = true;
    try {
      toast(await act());
    } catch (error) {
      toast(error.message);
      button.disabled = false;
    }
  });
  return button;
}

const release = (verb, item, line) => careful('release', 'Release', async () => {
  const done = await post(`/api/${verb}/lift`, { name: item.name, key: item.key });
  line()?.remove();
  await readState();
  return done.changed ? `${item.name}: ${item.key.join(', ')} is released.` : `${item.name}: it was over already.`;
});

/** A fuse that has blown: what share it was, against what is allowed, and the way back. */
function blownFuse(fuse) {
  const rule = fuse.rule === 'all' ? 'all rules together' : fuse.rule;
  return h('li', null,
    h('span', { class: 'share' }, percent(fuse.refused, fuse.messages)),
    h('span', { class: 'what' }, h('strong', null, `Fuse blown: ${rule}`), ` would have refused ${number(fuse.refused)} of ${number(fuse.messages)} messages; its share is ${percent(fuse.share, 1)}`),
    overview.reader ? null : careful('arm', 'Arm', async () => {
      await post('/api/fuses/arm', { name: fuse.rule });
      wake();
      return `The fuse of ${rule} is armed: it refuses again.`;
    }),
    h('span', { class: 'hint' }, `In monitor, and refuses nobody, since ${moment(new Date(fuse.since))}${fuse.server ? `, blown at ${fuse.server}` : ''}.${overview.reader ? '' : ' Look at what it refused before you arm it.'}`));
}

function running(verb, item) {
  const line = h('li', { class: 'running' },
    h('span', { class: 'what' }, h('strong', null, item.key.join(', ') || '(all)'), ' ', h('span', { class: 'hint' }, item.name)),
    h('span', { class: 'until hint' }), overview.reader ? null : release(verb, item, () => line));
  return line;
}

function renewRunning(line, item) {
  const repeats = item.repeats > 0 ? `, ${item.repeats} ${item.repeats === 1 ? 'repeat' : 'repeats'}` : '';
  say(line.querySelector('.until'), `${item.until ? `${span((new Date(item.until) - new Date(overview.now)) / 1000)} left` : 'until released'}${repeats}`);
}

const runningKey = (item) => `${item.name} ${JSON.stringify(item.key)}`;

function nearLine(near) {
  return h('li', null, h('span', { class: 'what' }, h('strong', null, near.key.join(', ') || '(all)'), ' ', h('span', { class: 'hint' }, near.counter)), h('span', { class: 'value' }), h('span', { class: 'figure' }), h('span', { class: 'outcome hint' }, near.limit));
}

function renewNear(line, near) {
  say(line.querySelector('.value'), `${number(near.count)} / ${number(near.max)}`);
  line.querySelector('.figure').replaceChildren(meter(near.count, near.max));
}

function showState() {
  const text = byId('ban-text').value.toLowerCase();
  const fits = (item) => `${item.name ?? item.counter} ${item.key.join(' ')}`.toLowerCase().includes(text);
  const near = state.near.map((item) => ({ ...item, name: item.counter }));
  const nearKey = (item) => `${item.limit} ${runningKey(item)}`;
  const both = [...state.bans.map((item) => ({ ...item, verb: 'bans' })), ...state.holds.map((item) => ({ ...item, verb: 'holds' }))];
  keep(byId('some-bans'), both.slice(0, 6), (item) => `${item.verb} ${runningKey(item)}`, (item) => running(item.verb, item), renewRunning);
  keep(byId('some-near'), near.slice(0, 6), nearKey, nearLine, renewNear);
  keep(byId('bans'), state.bans.filter(fits), runningKey, (item) => running('bans', item), renewRunning);
  keep(byId('holds'), state.holds.filter(fits), runningKey, (item) => running('holds', item), renewRunning);
  keep(byId('near'), near.filter(fits), nearKey, nearLine, renewNear);
  say(byId('bans-running'), number(state.bans_running));
  say(byId('holds-running'), number(state.holds_running));
  byId('no-bans').hidden = both.length > 0;
  byId('no-near').hidden = near.length > 0;
  byId('empty-bans').hidden = byId('bans').childElementCount > 0;
  byId('empty-holds').hidden = byId('holds').childElementCount > 0;
  byId('empty-near').hidden = byId('near').childElementCount > 0;
}

function healthLines() {
  const { server, policies: set, state: store, geoip, ruby, listeners, safety } = overview.status;
  const at = (time) => `${day(new Date(time))} ${seconds(new Date(time))}`;
  const older = set.sessions.slice(1).reduce((sum, one) => sum + one.sessions, 0);
  return [
    ['Server', 'good', `pmilter ${server.version}, up ${span(server.uptime_seconds)}, ${number(server.sessions)} ${server.sessions === 1 ? 'session' : 'sessions'} open`],
    ...listeners.map((one) => ['Listener', 'good', `${one.name.includes(':') ? '' : `${one.name} `}${one.address}, ${number(one.sessions)} open, ${number(one.accepted)} since the start`]),
    ['Policies', older ? 'warn' : 'good', `revision ${set.revision} since ${at(set.since)}, ${number(set.policies)} ${set.policies === 1 ? 'policy' : 'policies'}, ${number(set.rules)} ${set.rules === 1 ? 'rule' : 'rules'}${older ? `; ${number(older)} sessions under an older one` : ''}`],
    ['Last reload', set.reload && !set.reload.replaced ? 'bad' : 'good', set.reload ? (set.reload.replaced ? `went well ${at(set.reload.at)}` : `failed ${at(set.reload.at)}: ${set.reload.reason}`) : 'none since the start'],
    ...safety.lowered.map((one) => ['By hand', 'warn', `${one.rule === 'all' ? 'all rules' : one.rule} in monitor until ${at(one.until)}, by ${one.by}${one.reason ? `: ${one.reason}` : ''}`]),
    ...safety.blocks.map((one) => ['By hand', 'warn', `block ${one.id} ${one.rejects ? 'rejects' : 'refuses for now'} ${one.conditions.join(' ')} until ${at(one.until)}, by ${one.by}${one.reason ? `: ${one.reason}` : ''}`]),
    [store.store === 'redis' ? 'Redis' : 'State', store.degraded ? 'bad' : 'good', store.degraded ? 'does not answer; this server\u2019s own counters go on' : store.store === 'redis' ? 'answers' : 'in this process'],
    ...(geoip.length ? geoip.map((one) => ['GeoIP', one.error ? 'bad' : one.old ? 'warn' : 'good', `${one.content} ${one.path}, ${Math.floor(one.age_days)} days old${one.error ? `; ${one.error}` : ''}`]) : [['GeoIP', 'off', 'no policy asks for it']]),
    ['Ruby', !ruby.started ? 'off' : ruby.failure || ruby.resting.length ? 'bad' : 'good', ruby.started
      ? `${ruby.alive} of ${ruby.workers} workers alive, ${ruby.busy} busy, ${ruby.waiting} waiting, ${ruby.restarts} restarts${ruby.failure ? `; ${ruby.failure}` : ''}${ruby.resting.map((one) => `; ${one.script} rests: ${one.reason}`).join('')}`
      : 'not needed: no policy has a handler'],
  ].map(([name, tone, text], i) => ({ key: `${i} ${name}`, name, tone, text }));
}

function showHealth() {
  keep(byId('health'), healthLines(), (line) => line.key, (line) => h('div', null, h('dt', null, h('span', { class: 'dot', 'aria-hidden': 'true' }), line.name), h('dd')), (item, line) => {
    item.className = line.tone;
    say(item.querySelector('dd'), line.text);
  });
  const blown = overview.status.safety.blown;
  keep(byId('fuses'), blown, (fuse) => `${fuse.rule} ${fuse.since} ${overview.reader}`, blownFuse);
  keep(byId('troubles'), overview.status.troubles.filter((text) => !text.startsWith('fuse: ')), (text) => text, (text) => h('li', null, text));
}

function show() {
  document.body.classList.toggle('reader', overview.reader);
  document.title = overview.status.degraded ? '! Pmilter' : 'Pmilter';
  chart.show(overview.chart);
  showRules();
  showCountries();
  showHealth();
}

function route() {
  const now = viewOfNow();
  for (const view of views) {
    byId(`view-${view}`).hidden = view !== now;
  }

  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === `#${now}`) {
      link.setAttribute('aria-current', 'page');
      link.scrollIntoView({ block: 'nearest', inline: 'center' });
    } else {
      link.removeAttribute('aria-current');
    }
  }

  wake();
}

let toastTimer = 0;
function toast(text) {
  say(byId('toast'), text);
  byId('toast').classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => byId('toast').classList.remove('shown'), 5000);
}

function tell(isLive, text) {
  byId('live').className = `live ${isLive ? 'good' : 'bad'}`;
  say(byId('live-text'), text);
}

async function readState() {
  state = await ask('/api/state');
  showState();
}

async function read() {
  overview = await ask(`/api/overview?minutes=${minutes}`);
  const view = viewOfNow();
  show();
  await decisions.update(overview.status.server.since);
  if (view === 'overview' || view === 'bans') {
    await readState();
  }

  // The files are compiled for it: only when somebody looks, and something has changed.
  const policyState = `${overview.status.policies.revision} ${overview.status.policies.reload?.at}`;
  if (view === 'policies' && policyState !== checked) {
    checked = policyState;
    await policies.check(overview.status.policies.revision);
  }
}

async function live() {
  for (;;) {
    if (!document.hidden) {
      try {
        await read();
        tell(true, `live, ${overview.name}${overview.reader ? ', reading only' : ''}`);
        document.body.classList.add('ready');
      } catch (error) {
        tell(false, 'no answer');
        if (!(error instanceof TypeError) && error.name !== 'TimeoutError') {
          toast(error.message);
        }
      }
    }

    await new Promise((resolve) => {
      const timer = setTimeout(resolve, pause);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

for (const button of document.querySelectorAll('[data-minutes]')) {
  button.addEventListener('click', () => {
    minutes = Number(button.dataset.minutes);
    for (const other of document.querySelectorAll('[data-minutes]')) {
      other.setAttribute('aria-pressed', String(other === button));
    }

    wake();
  });
}

byId('rule-text').addEventListener('input', showRules);
byId('rule-order').addEventListener('change', showRules);
byId('ban-text').addEventListener('input', () => state && showState());
byId('leave').addEventListener('click', async () => {
  await post('/api/logout', {});
  location.reload();
});
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#token=')) {
    history.replaceState(null, '', '/');
  }

  route();
  scrollTo(0, 0);
});
document.addEventListener('visibilitychange', () => wake());
decisions.begin();
policies.begin(() => overview?.status.policies.revision ?? '');
route();
live();
