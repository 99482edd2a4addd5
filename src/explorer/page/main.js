// @ts-check
/**
 * The page: what the address names, drawn from the live copy and from what the server is asked for,
 * again whenever either changes. Addresses: `#/` (the newest run), `#/run/<run>`, `#/window/<run>/<n>`,
 * `#/contributor/<key>`, `#/network`, `#/rewards[/<run>/<period>]`, `#/log`, `#/entry/<sequence>`,
 * `#/explain/<kind>/<of what>`, `#/audit`; settings of a view follow a `?`.
 */
import { addressNow, embedded, hashWith, onlySection } from './address.js';
import { auditPage, listenForAudits, trustedKey } from './audit-page.js';
import { AuditRun } from './audit-run.js';
import { contributorPage } from './contributor-page.js';
import { settle } from './controls.js';
import { h, morphChildren } from './dom.js';
import { entryPage } from './entry-page.js';
import { explainPage } from './explain-page.js';
import { grouped } from './format.js';
import { headSection } from './head-section.js';
import { pressed } from './keys.js';
import { Live } from './live.js';
import { logPage } from './log-page.js';
import { pageLinks, runLinks } from './nav.js';
import { networkPage } from './network-page.js';
import { rewardsPage } from './rewards-page.js';
import { runPage } from './run-page.js';
import { Views } from './views.js';
import { windowPage } from './window-page.js';

/** @param {string} id */
const element = (id) => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no #${id} in the page`);
  return found;
};

const main = element('main');
const live = new Live(draw, () => views.forget());
const views = new Views(() => live.head?.size ?? 0, draw);
const audit = new AuditRun(draw, trustedKey);
listenForAudits(audit);
let spoken = '';

let isDrawingDue = false;
/** Several changes before the next frame are one drawing. */
function draw() {
  if (isDrawingDue) return;
  isDrawingDue = true;
  requestAnimationFrame(drawNow);
}

function drawNow() {
  // What changes from here on, by this drawing too, is drawn in the frame after.
  isDrawingDue = false;
  const wanted = /** @type {ChildNode[]} */ (content().filter(Boolean));
  const only = onlySection();
  morphChildren(main, only === null ? wanted : partsOf(wanted, only));
  settle(main);
  morphChildren(element('pages'), pageLinks());
  morphChildren(element('runs'), runLinks(live));
  morphChildren(element('fault'), faultBanner());
  badge();
}

/** The section of this name alone. @param {readonly ChildNode[]} wanted @param {string} name */
function partsOf(wanted, name) {
  const all = h('div', {}, ...wanted);
  const found = all.querySelector(`section[data-key="${CSS.escape(name)}"]`);
  return found === null ? [] : [found];
}

/** @returns {(Node | null | false)[]} */
function content() {
  const { page, parts } = addressNow();
  const [first = '', second = ''] = parts;
  if (page === 'audit') {
    title('Audit');
    return auditPage(audit.state);
  }
  if (live.head === undefined) return [h('p', { class: 'empty' }, 'Reading the ledger…')];
  switch (page) {
    case 'window':
      return windowContent(first, second);
    case 'contributor':
      title('Contributor');
      return /^U[A-Z2-7]{55}$/.test(first)
        ? contributorPage(views, first)
        : missing('There is no such contributor in this ledger.');
    case 'network':
      title('Network');
      return networkPage(live, views);
    case 'rewards':
      title('Rewards');
      return rewardsPage(views, first, second);
    case 'log':
      title('Log');
      return logPage(live, views);
    case 'entry':
      title(`Entry ${first}`);
      return /^\d{1,15}$/.test(first) && Number(first) < live.head.size
        ? entryPage(views, Number(first), live.head.size)
        : missing(`There is no entry ${first} in this ledger yet.`);
    case 'explain':
      return explainContent(first, parts.slice(1).join('/'));
    default:
      return runContent(page === 'run' ? first : null);
  }
}

/** @param {string | null} name null: the newest */
function runContent(name) {
  const runs = live.runs.sort((a, b) => b.plannedSequence - a.plannedSequence);
  const run = name === null ? runs[0] : runs.find((one) => one.run === name);
  if (name !== null && run === undefined) return missing(`There is no run ${name} in this ledger.`);
  title(run === undefined ? '' : run.title);
  if (run !== undefined) return runPage(live, views, run, chartWidth());
  return [h('p', { class: 'empty' }, 'No run is planned in this ledger yet.'), headSection(live)];
}

/** @param {string} run @param {string} index */
function windowContent(run, index) {
  title(`Window ${index}`);
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(run) || !/^\d{1,9}$/.test(index))
    return missing(`There is no window ${index} in run ${run} yet.`);
  const path = `/view/window?run=${encodeURIComponent(run)}&window=${encodeURIComponent(index)}`;
  const view = views.get(path);
  if (view !== null) return windowPage(view, views);
  return views.absent(path)
    ? missing(`There is no window ${index} in run ${run} yet.`)
    : [h('p', { class: 'empty' }, 'Reading the window…')];
}

/** @param {string} kind @param {string} of */
function explainContent(kind, of) {
  title(`Why: ${kind} ${of}`);
  const path = `/api/explain?kind=${encodeURIComponent(kind)}&of=${encodeURIComponent(of)}`;
  return explainPage(kind, of, path, views.get(path)?.telling ?? null, views.problem(path));
}

/** @param {string} text */
function missing(text) {
  title('');
  return [h('p', { class: 'empty' }, text, ' ', h('a', { href: '#/' }, 'To the run'))];
}

/** @param {string} text */
function title(text) {
  document.title = text === '' ? 'Daybook explorer' : `${text} · Daybook`;
}

function faultBanner() {
  const fault = live.pulse?.fault ?? null;
  if (fault === null) return [];
  return [
    h(
      'div',
      { class: 'fault', role: 'alert' },
      h(
        'strong',
        {},
        fault.retryable
          ? 'The log is away. '
          : `The log cannot be trusted from entry ${fault.sequence} on. `,
      ),
      h('code', {}, fault.code),
      ` ${fault.message} `,
      fault.retryable ? 'Trying again.' : 'What is shown ends before it.',
    ),
  ];
}

function badge() {
  const { state, lagMs, head } = live;
  const box = element('badge');
  box.dataset['state'] = state;
  const sequence = head === undefined || head.size === 0 ? 'none' : grouped(String(head.size - 1));
  element('badge-text').textContent =
    lagMs === null ? 'connecting' : `${state} · sequence ${sequence} · lag ${lagText(lagMs)}`;
  if (state !== spoken && spoken !== '')
    element('announce').textContent = state === 'live' ? 'Live again.' : 'The page is stale.';
  if (state !== 'connecting') spoken = state;
}

/** @param {number} ms */
const lagText = (ms) =>
  ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;

/** The chart is drawn in real pixels, so that its text keeps its size on a phone. */
function chartWidth() {
  const wide = window.matchMedia('(min-width: 1000px)').matches;
  const column = main.clientWidth;
  return Math.max(280, Math.floor(wide ? (column - 28) * 0.62 : column) - 34);
}

document.addEventListener('click', ({ target }) => {
  const button = target instanceof Element ? target.closest('[data-copy]') : null;
  if (button instanceof HTMLElement) void copy(button);
});

/** @param {HTMLElement} button */
async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset['copy'] ?? '');
    element('announce').textContent = 'Copied.';
    button.dataset['copied'] = '';
    setTimeout(() => delete button.dataset['copied'], 1200);
  } catch {
    element('announce').textContent = 'Copying is not allowed here.';
  }
}

/** What was chosen goes into the address, without a step in the history for each letter. */
/** @type {ReturnType<typeof setTimeout> | undefined} */
let chosen;
document.addEventListener('input', ({ target }) => {
  if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
  const setting = target.dataset['setting'];
  if (setting === undefined) return;
  const value = target.value === target.dataset['standard'] ? '' : target.value;
  clearTimeout(chosen);
  chosen = setTimeout(
    () => {
      history.replaceState(null, '', hashWith({ [setting]: value }));
      draw();
    },
    target.type === 'search' ? 120 : 0,
  );
});

document.addEventListener('keydown', (event) => {
  if (!pressed(event, live.head?.size ?? 0)) return;
  event.preventDefault();
  draw();
});

// Long tables draw the rows that come into sight. Scrolling does not bubble.
document.addEventListener('scroll', draw, { capture: true, passive: true });

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('[data-top]') : null;
  if (!(link instanceof HTMLElement)) return;
  event.preventDefault();
  pressed(new KeyboardEvent('keydown', { key: 'Home' }), 0);
  draw();
});

let shownPath = location.hash.split('?')[0];
window.addEventListener('hashchange', () => {
  draw();
  const path = location.hash.split('?')[0];
  if (path === shownPath) return;
  shownPath = path;
  window.scrollTo(0, 0);
  // Where a reader of the screen goes on after following a link.
  main.focus({ preventScroll: true });
});
window.addEventListener('resize', draw);
if (embedded()) document.documentElement.dataset['embed'] = '';
setInterval(badge, 250);
// An audit can be had while there is no ledger yet.
draw();
