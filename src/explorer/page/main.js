// @ts-check
/**
 * The page: what the address names, drawn from the live copy, again whenever that changes. Addresses:
 * `#/` (the newest run), `#/run/<run>`, `#/window/<run>/<n>`, `#/contributor/<key>`,
 * `#/explain/<kind>/<of what>`, `#/audit`.
 */
import { auditPage, listenForAudits, trustedKey } from './audit-page.js';
import { AuditRun } from './audit-run.js';
import { byWindow } from './columns.js';
import { contributorPage } from './contributor-page.js';
import { h, morphChildren } from './dom.js';
import { grouped } from './format.js';
import { Live } from './live.js';
import { explainPage } from './explain-page.js';
import { headSection } from './head-section.js';
import { runPage } from './run-page.js';
import { windowPage } from './window-page.js';

/** @typedef {import('./contributor-page.js').Statement} Statement */

/** @param {string} id */
const element = (id) => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no #${id} in the page`);
  return found;
};

const main = element('main');
const live = new Live(draw);
const audit = new AuditRun(draw, trustedKey);
listenForAudits(audit);
/** @type {{ statement: Statement, size: number } | null} */
let fetched = null;
let fetching = false;
/** @type {{ question: string, size: number, explanation: Record<string, unknown> | null, problem: string | null } | null} */
let explained = null;
let asking = false;
let spoken = '';

function draw() {
  requestAnimationFrame(drawNow);
}

let drawn = -1;
/** @param {number} frame */
function drawNow(frame) {
  // Several changes within one frame are one drawing.
  if (frame === drawn) return;
  drawn = frame;
  morphChildren(main, /** @type {ChildNode[]} */ (content().filter(Boolean)));
  morphChildren(element('runs'), runLinks());
  morphChildren(element('fault'), faultBanner());
  badge();
}

/** @returns {(Node | null)[]} */
function content() {
  const [page = '', first = '', second = ''] = location.hash.slice(2).split('/');
  if (page === 'audit') {
    title('Audit');
    return auditPage(audit.state);
  }
  if (live.head === undefined) return [h('p', { class: 'empty' }, 'Reading the ledger…')];
  if (page === 'window') return windowContent(first, second);
  if (page === 'contributor') return contributorContent(first);
  if (page === 'explain') return explainContent(first, location.hash.split('/').slice(3).join('/'));
  const runs = live.runs.sort((a, b) => b.plannedSequence - a.plannedSequence);
  const run = page === 'run' ? runs.find((one) => one.run === first) : runs[0];
  if (page === 'run' && run === undefined)
    return missing(`There is no run ${first} in this ledger.`);
  title(run === undefined ? '' : run.title);
  if (run !== undefined) return runPage(live, run, chartWidth());
  return [h('p', { class: 'empty' }, 'No run is planned in this ledger yet.'), headSection(live)];
}

/** @param {string} run @param {string} index */
function windowContent(run, index) {
  const windows = live.windows(run);
  const view = windows.find(({ window }) => String(window) === index);
  if (view === undefined) return missing(`There is no window ${index} in run ${run} yet.`);
  title(`Window ${view.window}`);
  return windowPage(view, windows.length);
}

/** @param {string} participant */
function contributorContent(participant) {
  const who = live.contributors.find((one) => one.participant === participant);
  if (who === undefined) return missing('There is no such contributor in this ledger.');
  title(who.name);
  void fetchStatement(participant);
  const windows = live.runs.flatMap(({ run }) => live.windows(run)).sort(byWindow);
  const statement = fetched?.statement.participant === participant ? fetched.statement : null;
  return contributorPage(who, windows, statement);
}

/** @param {string} kind @param {string} of */
function explainContent(kind, of) {
  title(`Why: ${kind} ${of}`);
  const question = `kind=${encodeURIComponent(kind)}&of=${encodeURIComponent(of)}`;
  void fetchExplanation(question);
  const answer = explained?.question === question ? explained : null;
  return explainPage(kind, of, answer?.explanation ?? null, answer?.problem ?? null);
}

/** Again when the ledger has grown; at most one request at a time. @param {string} question */
async function fetchExplanation(question) {
  const size = live.head?.size ?? 0;
  if (asking || (explained?.question === question && explained.size === size)) return;
  asking = true;
  try {
    const answer = await fetch(`/api/explain?${question}`);
    const said = await answer.json();
    const problem = answer.ok ? null : (said.error?.message ?? 'It cannot be explained.');
    explained = { question, size, explanation: answer.ok ? said.explanation : null, problem };
    draw();
  } catch {
    // The badge already says that the explorer is away; the next change asks again.
  } finally {
    asking = false;
  }
}

/** Again when the ledger has grown; at most one request at a time. @param {string} participant */
async function fetchStatement(participant) {
  const size = live.head?.size ?? 0;
  const fresh = fetched?.statement.participant === participant && fetched.size === size;
  if (fetching || fresh) return;
  fetching = true;
  try {
    const answer = await fetch(`/api/statement?participant=${participant}`);
    if (answer.ok) {
      fetched = { statement: await answer.json(), size };
      draw();
    }
  } catch {
    // The badge already says that the explorer is away; the next change asks again.
  } finally {
    fetching = false;
  }
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

/** Links only where there is a choice. */
function runLinks() {
  if (live.runs.length < 2) return [];
  return live.runs.map(({ run }) =>
    h(
      'a',
      {
        key: run,
        href: `#/run/${run}`,
        'aria-current': location.hash === `#/run/${run}` ? 'page' : null,
      },
      run,
    ),
  );
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

window.addEventListener('hashchange', () => {
  draw();
  window.scrollTo(0, 0);
  // Where a reader of the screen goes on after following a link.
  main.focus({ preventScroll: true });
});
window.addEventListener('resize', draw);
setInterval(badge, 250);
// An audit can be had while there is no ledger yet.
draw();
