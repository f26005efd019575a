// Elements, texts and requests. What comes from the server is always a text node: nothing here can make markup of it.

const SVG = 'http://www.w3.org/2000/svg';

/** h('p', { class: 'x', onclick: f }, 'text', child, …) */
export function h(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key.startsWith('on')) {
      element.addEventListener(key.slice(2), value);
    } else if (value === true) {
      element.setAttribute(key, '');
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(key, value);
    }
  }

  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Sets a text only where it differs, so that what is selected or read aloud stays. */
export function say(element, text) {
  if (element.textContent !== String(text)) {
    element.textContent = text;
  }
}

/**
 * Brings the children in line with the items and keeps those that are there: focus, selection and open parts outlast an update.
 * make(item) → element; renew(element, item) brings it up to date.
 */
export function keep(parent, items, keyOf, make, renew) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = known.get(key);
    if (element) {
      known.delete(key);
    } else {
      element = make(item);
      element.dataset.key = key;
    }

    renew?.(element, item);
    if (element === place) {
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(element, place);
    }
  }

  for (const gone of known.values()) {
    gone.remove();
  }
}

const whole = new Intl.NumberFormat('en');
export const number = (value) => whole.format(value);
export const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format;
export const percent = (part, all) => (all === 0 ? '0 %' : `${(100 * part / all).toFixed(part === 0 || part / all >= 0.1 ? 0 : 1)} %`);

const two = (value) => String(value).padStart(2, '0');
export const clock = (time) => `${two(time.getHours())}:${two(time.getMinutes())}`;
export const seconds = (time) => `${clock(time)}:${two(time.getSeconds())}`;
export const day = (time) => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
export const moment = (time) => `${day(time)} ${seconds(time)}`;

export function span(total) {
  const s = Math.max(0, Math.round(total));
  return s < 60 ? `${s} s`
    : s < 3600 ? `${Math.floor(s / 60)} min${s % 60 && s < 600 ? ` ${s % 60} s` : ''}`
    : s < 86400 ? `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`
    : `${Math.floor(s / 86400)} d ${Math.floor(s % 86400 / 3600)} h`;
}

export class Refusal extends Error {}

async function answer(response) {
  if (response.status === 401) {
    location.reload();
    return new Promise(() => {});
  }

  if (response.status === 204) {
    return null;
  }

  const json = await response.json();
  if (!response.ok) {
    throw new Refusal(json.error);
  }

  return json;
}

export const ask = async (path) => answer(await fetch(path, { signal: AbortSignal.timeout(20000) }));

export const post = async (path, what) => answer(await fetch(path, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-Pmilter-Page': '1' },
  body: JSON.stringify(what),
}));

/** A word in a coloured field: verdicts, modes. */
export const badge = (word, kind = word) => h('span', { class: `badge ${kind}` }, word);
