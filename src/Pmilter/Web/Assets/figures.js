// Figures as SVG, drawn by hand. Colours come from the style sheet: .pass .tempfail .reject .quarantine .discard
import { clock, compact, h, number, svg } from './dom.js';

/** What the eight verdicts come to in the chart, from the bottom up. */
export const kinds = [
  { name: 'passed', css: 'pass', verdicts: ['continue', 'allow', 'accept', 'skip'] },
  { name: 'quarantined', css: 'quarantine', verdicts: ['quarantine'] },
  { name: 'deferred', css: 'tempfail', verdicts: ['tempfail'] },
  { name: 'rejected', css: 'reject', verdicts: ['reject'] },
  { name: 'discarded', css: 'discard', verdicts: ['discard'] },
];

/** Sums by kind of one row of counts by verdict. */
export function byKind(verdicts, counts) {
  return kinds.map((kind) => kind.verdicts.reduce((sum, verdict) => sum + (counts[verdicts.indexOf(verdict)] ?? 0), 0));
}

/** The next of 1, 2, 5, 10, 20 … */
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}

export class Chart {
  #host;
  #told;
  #chosen = null;
  #rows = [];
  #data = null;

  constructor(host, told) {
    this.#host = host;
    this.#told = told;
    host.addEventListener('pointermove', (event) => this.#choose(this.#at(event)));
    host.addEventListener('pointerleave', () => this.#choose(null));
    host.addEventListener('blur', () => this.#choose(null));
    host.addEventListener('keydown', (event) => this.#key(event));
    new ResizeObserver(() => this.#draw()).observe(host);
  }

  show(data) {
    this.#data = data;
    this.#rows = data.sums.map((counts) => byKind(data.verdicts, counts));
    this.#draw();
  }

  #key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step && this.#rows.length) {
      event.preventDefault();
      const last = this.#rows.length - 1;
      this.#choose(Math.min(Math.max((this.#chosen ?? last + (step < 0 ? 1 : 0)) + step, 0), last));
    } else if (event.key === 'Escape') {
      this.#choose(null);
    }
  }

  #at(event) {
    const box = this.#host.getBoundingClientRect();
    const place = Math.floor((event.clientX - box.left - this.#left) / (box.width - this.#left) * this.#rows.length);
    return place >= 0 && place < this.#rows.length ? place : null;
  }

  #choose(place) {
    if (place !== this.#chosen) {
      this.#chosen = place;
      this.#draw();
    }
  }

  #left = 40;

  #draw() {
    if (!this.#data) {
      return;
    }

    const width = Math.max(this.#host.clientWidth, 200);
    const height = Math.max(this.#host.clientHeight, 120);
    const left = this.#left;
    const bottom = height - 22;
    const top = 8;
    const most = nice(Math.max(4, ...this.#rows.map((row) => row.reduce((a, b) => a + b, 0))));
    const slot = (width - left) / this.#rows.length;
    const bar = Math.max(1, slot - (slot > 6 ? 2 : slot > 3 ? 1 : 0));
    const y = (value) => bottom - (bottom - top) * value / most;
    const parts = [];
    for (const share of [0, 0.5, 1]) {
      const at = Math.round(y(most * share)) + 0.5;
      parts.push(svg('line', { class: 'grid', x1: left, x2: width, y1: at, y2: at }));
      parts.push(svg('text', { class: 'axis', x: left - 8, y: at + 4, 'text-anchor': 'end' }, compact(most * share)));
    }

    this.#rows.forEach((row, i) => {
      let from = 0;
      const x = left + i * slot;
      if (i === this.#chosen) {
        parts.push(svg('rect', { class: 'chosen', x, y: top, width: slot, height: bottom - top }));
      }

      row.forEach((count, kind) => {
        if (count > 0) {
          const high = Math.max(y(from) - y(from + count), 1.5);
          parts.push(svg('rect', { class: kinds[kind].css, x: x + (slot - bar) / 2, y: y(from) - high, width: bar, height: high }));
          from += count;
        }
      });
    });
    const begin = new Date(this.#data.from).getTime();
    const step = this.#data.step_minutes * 60000;
    const every = [5, 10, 15, 30, 60, 120, 180, 240, 360].find((m) => m * 60000 / step * slot >= 64) ?? 360;
    for (let i = 0; i < this.#rows.length; i++) {
      const time = new Date(begin + i * step);
      const x = left + i * slot;
      if ((time.getHours() * 60 + time.getMinutes()) % every < this.#data.step_minutes && x < width - 30 && x > left + 14) {
        parts.push(svg('text', { class: 'axis', x, y: height - 5, 'text-anchor': 'middle' }, clock(time)));
      }
    }

    this.#host.replaceChildren(svg('svg', { width, height, 'aria-hidden': 'true' }, parts));
    this.#tell(begin, step);
  }

  #tell(begin, step) {
    const place = this.#chosen;
    const sum = this.#rows.reduce((all, row) => all.map((count, i) => count + row[i]), kinds.map(() => 0));
    const counts = place === null ? sum : this.#rows[place];
    const when = place === null ? 'shown' : `${clock(new Date(begin + place * step))} – ${clock(new Date(begin + (place + 1) * step))}`;
    this.#host.setAttribute('aria-label', `Messages by verdict, ${when}: ${kinds.map((kind, i) => `${number(counts[i])} ${kind.name}`).join(', ')}. Left and right arrow: one column.`);
    this.#told(counts, place === null ? '' : when);
  }
}

/** A bar of parts, [class, count] each, on the scale of the longest. */
export function bar(parts, most) {
  let from = 0;
  const shown = parts.filter(([, count]) => count > 0).map(([css, count]) => {
    const rect = svg('rect', { class: css, x: `${(100 * from / most).toFixed(2)}%`, width: `${(100 * count / most).toFixed(2)}%`, height: 8 });
    from += count;
    return rect;
  });
  return svg('svg', { class: 'bar', width: '100%', height: 8, 'aria-hidden': 'true' }, svg('rect', { class: 'track', width: '100%', height: 8 }), shown);
}

/** How full a limit is: from half on amber, from the limit on red. */
export function meter(count, most) {
  const share = Math.min(count / most, 1);
  return svg('svg', { class: 'bar', width: '100%', height: 8, 'aria-hidden': 'true' },
    svg('rect', { class: 'track', width: '100%', height: 8 }),
    svg('rect', { class: count >= most ? 'reject' : share >= 0.8 ? 'tempfail' : 'pass', width: `${(100 * share).toFixed(1)}%`, height: 8 }));
}

export const legend = (kind) => h('span', { class: `dot ${kind}`, 'aria-hidden': 'true' });
