// @ts-check
/**
 * The audit page: where a recording is dropped, the checks as they come, and the work that can be
 * computed again on a click. `auditPage` draws; `listenForAudits` hears, once, for the whole page.
 */
import { ROWS_AT_ONCE } from './audit-run.js';
import { h } from './dom.js';
import { grouped } from './format.js';
import { chip, digest, entryLink, facts, section, table } from './parts.js';

/** @typedef {import('./audit-run.js').AuditState} AuditState */
/** @typedef {import('./audit-run.js').Check} Check */
/** @typedef {import('./audit-run.js').Recomputable} Recomputable */
/** @typedef {import('./audit-run.js').AuditRun} AuditRun */

/** @param {AuditState} state */
export const auditPage = (state) => [
  h(
    'div',
    { class: 'headline', key: 'audit' },
    h('h1', {}, 'Audit', state.name === '' ? '' : h('span', { class: 'quiet' }, ` ${state.name}`)),
    h(
      'p',
      { class: 'quiet' },
      'Verified here, by this browser, with the ledger’s own code: the tree and its signature, every ',
      'author’s signature, every transition derived again, the books. With the artifacts beside it, ',
      'the training too, to the last bit. Nothing leaves this browser.',
    ),
  ),
  dropZone(state),
  ...(state.phase === 'idle' && state.checks.length === 0 ? [] : [verdict(state), checks(state)]),
  ...(state.items.length > 0 ? [work(state)] : []),
];

/** @param {AuditState} state */
const dropZone = ({ phase, problem }) =>
  h(
    'section',
    { key: 'audit-drop', class: 'drop', id: 'audit-drop', 'aria-labelledby': 'audit-drop-title' },
    h('h2', { id: 'audit-drop-title' }, 'Drop a recording'),
    h(
      'p',
      { class: 'note' },
      'The .ndjson file, with its .checkpoint beside it; its .books.json and the folder of artifacts ',
      'if you have them. A whole folder will do.',
    ),
    h(
      'p',
      { class: 'choices' },
      picker('audit-files', 'Choose files', { multiple: true }),
      picker('audit-folder', 'Choose a folder', { webkitdirectory: true }),
      button('served', null, 'Verify what this explorer serves'),
      button('served-training', null, 'The same, and fetch what training needs'),
      phase === 'idle' ? null : button('stop', null, phase === 'checked' ? 'Clear' : 'Stop'),
    ),
    h(
      'details',
      { class: 'trusted' },
      h('summary', {}, 'I know the authority’s verifier key'),
      h(
        'label',
        { for: 'audit-key' },
        'Verifier key ',
        h('input', {
          id: 'audit-key',
          type: 'text',
          autocomplete: 'off',
          spellcheck: 'false',
          placeholder: 'name+hash+key, as in the .key file',
        }),
      ),
      h('p', { class: 'note' }, 'Without it the key counts that the ledger itself names.'),
    ),
    problem === null ? null : h('p', { class: 'problem', role: 'alert' }, problem),
  );

/** @param {string} id @param {string} text @param {Record<string, boolean>} how */
const picker = (id, text, how) =>
  h(
    'label',
    { class: 'button', for: id },
    text,
    h('input', { id, type: 'file', class: 'unseen', ...how }),
  );

/** @param {string} does @param {string | null} id @param {...import('./dom.js').Child} text */
const button = (does, id, ...text) =>
  h('button', { type: 'button', class: 'button', 'data-audit': does, 'data-of': id }, ...text);

/** @param {AuditState} state */
function verdict({ checks: made, summary, progress, phase, results, problem, items }) {
  const bad = made.find(({ status }) => status === 'failed');
  const wrong = [...results.values()].filter(
    (one) => typeof one === 'object' && one.status === 'failed',
  ).length;
  const tone = bad !== undefined || wrong > 0 ? 'bad' : summary?.ok === true ? 'good' : 'info';
  return h(
    'section',
    { key: 'audit-verdict', class: 'verdict', 'data-tone': tone, 'aria-label': 'Result' },
    h(
      'p',
      { class: 'result', role: 'status' },
      problem !== null
        ? 'No result.'
        : bad !== undefined
          ? `It does not hold: ${bad.name}${bad.sequence === null ? '' : `, first at entry ${bad.sequence}`}.`
          : wrong > 0
            ? `${wrong} recomputation${wrong === 1 ? '' : 's'} came out differently.`
            : summary === null
              ? 'Checking…'
              : `Every check that was made holds.${recomputed(items, results)}`,
    ),
    progress !== null ? bar(progress) : phase === 'reading' ? h('p', {}, 'Reading…') : null,
    summary === null
      ? null
      : facts([
          ['Ledger', summary.ledger ?? 'not known'],
          [
            'Entries',
            `${grouped(String(summary.entries))} in ${(summary.elapsedMs / 1000).toFixed(1)} s`,
          ],
          [
            'Books, as daybook replay prints them',
            summary.booksDigest === null
              ? h('span', { class: 'quiet' }, 'none: a check failed')
              : digest(summary.booksDigest),
          ],
          [
            'Signed by',
            summary.verifierKey === null
              ? h('span', { class: 'quiet' }, 'nobody')
              : h('span', { class: 'key' }, summary.verifierKey),
          ],
        ]),
  );
}

/** @param {AuditState['items']} items @param {AuditState['results']} results */
function recomputed(items, results) {
  const all = items.length > 0 && items.every(({ id }) => typeof results.get(id) === 'object');
  return all ? ` All ${items.length} pieces of work were computed again, and hold.` : '';
}

/** @param {NonNullable<AuditState['progress']>} progress */
function bar({ what, done, total, elapsedMs }) {
  const perSecond = elapsedMs > 0 ? (done * 1000) / elapsedMs : 0;
  const left = perSecond > 0 ? Math.ceil((total - done) / perSecond) : null;
  const rate = perSecond > 0 ? `, ${grouped(String(Math.round(perSecond)))}/s` : '';
  const rest = left === null || elapsedMs < 500 ? '' : `, ${left} s left`;
  const text = `${what}: ${grouped(String(done))} of ${grouped(String(total))}${rate}${rest}`;
  return h(
    'div',
    { class: 'bar' },
    h('span', {}, text),
    h('progress', { max: Math.max(total, 1), value: done, 'aria-label': what }),
  );
}

const CHIPS = { ok: 'good', failed: 'bad', skipped: 'quiet' };
const WORDS = { ok: 'holds', failed: 'fails', skipped: 'skipped' };

/** @param {AuditState} state */
const checks = ({ checks: made, entries, isServed }) =>
  section(
    'audit-checks',
    'Checks',
    null,
    table({
      id: 'audit-checks-table',
      caption: h('span', { class: 'unseen' }, 'Checks in order, and what each found'),
      columns: [
        { label: 'Check' },
        { label: 'What was found' },
        { label: 'Seconds', numeric: true },
      ],
      rows: made.map((check) => ({
        key: check.name,
        cells: [
          check.name,
          found(check, entries.get(check.sequence ?? -1), isServed),
          check.status === 'skipped' ? '' : (check.elapsedMs / 1000).toFixed(2),
        ],
      })),
      empty: 'None yet.',
    }),
  );

/** A link only where the entry is this explorer's. @param {number} sequence @param {boolean} isServed */
const sequenceOf = (sequence, isServed) =>
  isServed ? entryLink(sequence) : h('span', { class: 'sequence' }, `#${sequence}`);

/** @param {Check} check @param {string | undefined} entry @param {boolean} isServed */
const found = ({ status, sequence, detail }, entry, isServed) =>
  h(
    'div',
    { class: 'found' },
    h('span', { class: 'chip', 'data-tone': CHIPS[status] }, WORDS[status]),
    ' ',
    sequence === null
      ? null
      : h('span', { class: 'first-bad' }, 'first bad entry ', sequenceOf(sequence, isServed), ' '),
    h('span', { class: 'detail' }, detail),
    entry === undefined
      ? null
      : h(
          'details',
          {},
          h('summary', {}, 'the entry, as it stands'),
          h('pre', { tabindex: 0, role: 'region', 'aria-label': 'The entry, as it stands' }, entry),
        ),
  );

/** @param {AuditState} state */
function work({ items, results, shown, isServed }) {
  const done = items.filter(({ id }) => typeof results.get(id) === 'object').length;
  const asked = items.filter(({ id }) => results.has(id)).length;
  return section(
    'audit-work',
    'Computed again',
    asked === items.length
      ? h('span', { class: 'quiet' }, `${done} of ${items.length}`)
      : button('all', null, asked === 0 ? `Recompute all ${items.length}` : 'Recompute the rest'),
    h(
      'p',
      { class: 'note' },
      'Trained again here from its base checkpoint and its pages, with the exact kernels: the digest ',
      'of what comes out must be the one in the ledger.',
    ),
    table({
      id: 'audit-work-table',
      caption: h('span', { class: 'unseen' }, 'Contributions and outer steps'),
      columns: [
        { label: 'Work' },
        { label: 'Computed here' },
        { label: 'In the ledger' },
        { label: 'Decided' },
        { label: 'By' },
      ],
      rows: items.slice(0, shown).map((item) => ({
        key: `${item.what} ${item.id}`,
        cells: [
          nameOf(item),
          outcome(item, results.get(item.id)),
          digest(item.recorded),
          [
            chip(item.disposition),
            ' ',
            item.sequence === null ? null : sequenceOf(item.sequence, isServed),
          ],
          item.author?.name ?? 'the validators',
        ],
      })),
    }),
    items.length <= shown
      ? null
      : h(
          'p',
          {},
          button(
            'more',
            null,
            `Show ${Math.min(ROWS_AT_ONCE, items.length - shown)} more of ${items.length}`,
          ),
        ),
  );
}

/** @param {Recomputable} item */
const nameOf = ({ what, run, window, slot }) =>
  what === 'contribution'
    ? `${run} window ${window}, slot ${slot}`
    : `${run} window ${window}, outer step`;

/**
 * @param {Recomputable} item
 * @param {import('../../browser/messages.ts').Recomputed | 'waiting' | 'computing' | undefined} result
 */
function outcome(item, result) {
  if (result === undefined)
    return button('one', item.id, 'Recompute', h('span', { class: 'unseen' }, ` ${nameOf(item)}`));
  if (typeof result === 'string')
    return h('span', { class: 'quiet', 'data-result': result }, result);
  const seconds = `${(result.elapsedMs / 1000).toFixed(2)} s`;
  return h(
    'div',
    { class: 'found', 'data-result': result.status },
    h(
      'span',
      { class: 'chip', 'data-tone': CHIPS[result.status] },
      result.status === 'failed' ? 'differs' : result.own === item.recorded ? 'equal' : 'holds',
    ),
    ' ',
    result.own === null ? null : digest(result.own),
    h('small', {}, ` ${result.detail}, ${seconds}`),
  );
}

/** What was put in by hand; null: nothing. */
export function trustedKey() {
  const field = document.getElementById('audit-key');
  const text = field instanceof HTMLInputElement ? field.value.trim() : '';
  return text === '' ? null : text;
}

/** @param {AuditRun} audit */
export function listenForAudits(audit) {
  const isHere = () => location.hash.startsWith('#/audit');
  document.addEventListener('click', ({ target }) => {
    const pressed = target instanceof Element ? target.closest('[data-audit]') : null;
    if (!(pressed instanceof HTMLElement)) return;
    const does = pressed.dataset['audit'];
    if (does === 'served') void audit.served(false);
    else if (does === 'served-training') void audit.served(true);
    else if (does === 'stop') audit.stop();
    else if (does === 'all') audit.recomputeAll();
    else if (does === 'more') audit.showMore();
    else if (does === 'one') audit.recompute(pressed.dataset['of'] ?? '');
  });
  document.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.type !== 'file') return;
    if (!target.id.startsWith('audit-')) return;
    void audit.files([...(target.files ?? [])]);
    // The same files can be chosen again.
    target.value = '';
  });
  document.addEventListener('dragover', (event) => {
    if (!isHere()) return;
    event.preventDefault();
    over(true);
  });
  document.addEventListener('dragleave', ({ relatedTarget }) => {
    if (relatedTarget === null) over(false);
  });
  document.addEventListener('drop', (event) => {
    if (!isHere() || event.dataTransfer === null) return;
    event.preventDefault();
    over(false);
    void audit.dropped(event.dataTransfer);
  });
}

/** @param {boolean} isOver */
const over = (isOver) => document.body.classList.toggle('dropping', isOver);
