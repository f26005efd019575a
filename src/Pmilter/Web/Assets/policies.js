// Policy files with their diagnostics, and the playground.
import { ask, badge, byId, h, keep, post, say } from './dom.js';
import { notes, tree } from './decisions.js';

function diagnosticLine(diagnostic) {
  const before = diagnostic.text.slice(0, diagnostic.column - 1).replace(/[^\t]/g, ' ');
  const caret = '^'.repeat(Math.max(1, Math.min(diagnostic.length, diagnostic.text.length - before.length)));
  return h('li', { class: diagnostic.severity },
    h('p', null, badge(diagnostic.severity), ' ', h('strong', null, diagnostic.id), ' ', diagnostic.message, ' ', h('span', { class: 'hint' }, `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}`)),
    h('pre', null, `${diagnostic.text}\n${before}${caret}${diagnostic.mend ? ` ${diagnostic.mend}` : ''}`));
}

const showDiagnostics = (host, diagnostics) => host.replaceChildren(...diagnostics.map(diagnosticLine));

export async function check(inForce) {
  const button = byId('check');
  button.disabled = true;
  try {
    const answer = await ask('/api/policies');
    const state = answer.revision === '' ? `have errors; revision ${inForce} stays in force`
      : answer.revision === inForce ? `revision ${answer.revision}, in force`
      : `revision ${answer.revision}; in force is ${inForce}`;
    say(byId('policies-state'), state);
    const counts = (file) => answer.diagnostics.filter((diagnostic) => diagnostic.file === file.path);
    keep(byId('files'), answer.files, (file) => file.path, (file) => h('li', null, h('code', null, file.path), h('span', { class: 'state' })), (line, file) => {
      const found = counts(file);
      const errors = found.filter((diagnostic) => diagnostic.severity === 'error').length;
      const said = [answer.revision === '' ? '' : `${file.rules} ${file.rules === 1 ? 'rule' : 'rules'}`, errors ? badge(`${errors} ${errors === 1 ? 'error' : 'errors'}`, 'error') : '', found.length - errors ? badge(`${found.length - errors} ${found.length - errors === 1 ? 'warning' : 'warnings'}`, 'warning') : ''];
      line.querySelector('.state').replaceChildren(...said.flatMap((part) => [part, ' ']));
    });
    showDiagnostics(byId('diagnostics'), answer.diagnostics);
  } finally {
    button.disabled = false;
  }
}

async function play(only) {
  const state = byId('play-state');
  say(state, 'Asking…');
  state.className = 'hint';
  try {
    const answer = await post('/api/play', {
      only,
      policy: byId('play-policy').value,
      client_ip: byId('play-client').value.trim(),
      client_country: byId('play-country').value.trim().toUpperCase(),
      helo: byId('play-helo').value.trim(),
      sasl_login: byId('play-login').value.trim(),
      mail_from: byId('play-from').value.trim().replace(/^<|>$/g, ''),
      rcpt_to: byId('play-to').value.split(/[\s,]+/).filter(Boolean),
      message: byId('play-message').value,
    });
    say(state, answer.summary);
    showDiagnostics(byId('play-diagnostics'), answer.diagnostics);
    byId('play-explanation').replaceChildren(notes(answer.notes), answer.explanation ? tree(answer.explanation) : '');
    byId('played').hidden = !answer.explanation && answer.diagnostics.length === 0;
  } catch (error) {
    say(state, error.message);
    state.className = 'problem';
    byId('played').hidden = true;
  }
}

export function begin(inForce) {
  byId('check').addEventListener('click', () => check(inForce()));
  byId('play').addEventListener('submit', (event) => {
    event.preventDefault();
    play('');
  });
  byId('play-check').addEventListener('click', () => play('check'));
}
