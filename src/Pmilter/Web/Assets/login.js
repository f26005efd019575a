// The token stands behind the number sign, which browsers do not send; it is taken out of the address before anything else happens.
const given = new URLSearchParams(location.hash.slice(1));
if (location.hash) {
  history.replaceState(null, '', '/');
}

const problem = document.getElementById('problem');
const token = document.getElementById('token');
const name = document.getElementById('name');
name.value = given.get('name') ?? '';

async function enter(text) {
  problem.textContent = '';
  try {
    const response = await fetch('/api/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Pmilter-Page': '1' },
      body: JSON.stringify({ token: text, name: name.value }),
    });
    if (response.ok) {
      location.reload();
      return;
    }

    problem.textContent = `Not opened: ${(await response.json()).error}.`;
  } catch {
    problem.textContent = 'The server does not answer.';
  }

  token.focus();
}

document.getElementById('form').addEventListener('submit', (event) => {
  event.preventDefault();
  enter(token.value);
});

// A link with a token that is pasted into the address bar of this page only changes what is behind the number sign.
addEventListener('hashchange', () => location.reload());

if (given.get('token')) {
  enter(given.get('token'));
} else {
  token.focus();
}
