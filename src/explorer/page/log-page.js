// @ts-check
/**
 * The log, newest first: searched and filtered by the server, drawn as far as in sight. While the
 * reader is at the top, new entries come in, and where nothing is filtered they are drawn as the stream
 * brings them; once they have scrolled, the list stands still and says how many came since.
 */
import { addressNow, pathOf } from './address.js';
import { choice, controls, input } from './controls.js';
import { h } from './dom.js';
import { grouped, typeName } from './format.js';
import { logColumns } from './log-columns.js';
import { longTable, reveal, ROWS_MAX, scrolledTo } from './long-table.js';
import { cellsOf, entryLink, section } from './parts.js';

/** @typedef {import('./live.js').Live} Live */
/** @typedef {import('./views.js').Views} Views */
/** @typedef {import('../read-models/feed.ts').FeedLine} FeedLine */

const TABLE = 'log-table';
/** Also the most that the server puts into a file. */
const CSV_ROWS_MAX = 10_000;

/** The entry that the list ends with while it stands still, and of which question. */
let still = { question: '', through: -1 };
/** Row that the keyboard is on. @type {number | null} */
let selected = null;
/** The rows as they were drawn, for the keyboard. @type {{ total: number, sequence: (index: number) => number | undefined }} */
let drawn = { total: 0, sequence: () => undefined };

/** @param {Live} live @param {Views} views */
export function logPage(live, views) {
  const question = questionNow();
  const size = live.head?.size ?? 0;
  const text = JSON.stringify(question);
  /** @param {string | number} through */
  const pathFor = (through) => (/** @type {number} */ from, /** @type {number} */ limit) =>
    pathOf('/view/log', { ...question, through, from, limit });
  const top = scrolledTo(TABLE) <= 0 && (selected ?? 0) === 0;
  const fixed = question.through !== '';
  if (top || still.question !== text || fixed) {
    if (still.question !== text) selected = null;
    still = { question: text, through: size - 1 };
  } else {
    for (const block of [0, 1]) {
      const ask = /** @type {const} */ ([block * 100, 100]);
      views.lend(pathFor('')(...ask), pathFor(still.through)(...ask));
    }
  }
  const list = views.list(pathFor(fixed ? question.through : top ? '' : still.through));
  const came = size - 1 - still.through;
  const isAll = Object.values(question).every((value) => value === '');
  const { total, row } = top && isAll ? withFeed(list, live.feed, size) : list;
  drawn = { total: Math.min(total ?? 0, ROWS_MAX), sequence: (index) => row(index)?.sequence };
  const { indexed } = list.first ?? { indexed: size };
  return [
    h(
      'div',
      { class: 'headline', key: 'headline' },
      h('h1', {}, 'Log'),
      h(
        'p',
        { class: 'quiet' },
        `${grouped(String(size))} entries of ${live.head?.ledger ?? ''}. Keys: `,
        h('kbd', {}, '/'),
        ' search, ',
        h('kbd', {}, 'j'),
        ' ',
        h('kbd', {}, 'k'),
        ' or arrows move, ',
        h('kbd', {}, 'Enter'),
        ' opens.',
      ),
    ),
    section(
      'log',
      'Entries',
      h(
        'a',
        { href: pathOf('/view/log.csv', question), download: 'log.csv' },
        (total ?? 0) > CSV_ROWS_MAX ? `CSV, newest ${grouped(String(CSV_ROWS_MAX))}` : 'CSV',
      ),
      filters(live, views),
      h(
        'p',
        { id: 'found', class: 'note', role: 'status', key: 'found' },
        foundText(total, isAll ? size : indexed, size),
        came > 0 &&
          !fixed && [
            ' ',
            h('a', { href: '#/log', 'data-top': TABLE }, `${grouped(String(came))} newer`),
          ],
      ),
      longTable({
        id: TABLE,
        caption: 'Entries, the newest first',
        columns: logColumns.map((column) => ({ ...column, wide: column.key === 'about' })),
        plain: true,
        total,
        problem: list.problem,
        selected,
        at: row,
        row: (/** @type {FeedLine} */ line) => ({
          key: String(line.sequence),
          cells: cellsOf(logColumns, line, {
            sequence: () => entryLink(line.sequence),
            fact: () => h('span', { title: line.type }, typeName(line.type)),
            about: () => h('span', { class: 'subject', title: line.subject }, line.about),
            author: () => [
              h('span', { title: line.actor }, line.actorName),
              line.signed ? null : h('span', { class: 'quiet' }, ', derived'),
            ],
          }),
        }),
        empty: 'No entry is like that.',
      }),
    ),
  ];
}

/**
 * All entries: the newest from the stream, the others from an answer that may be of fewer entries.
 * @param {ReturnType<Views['list']>} list
 * @param {readonly FeedLine[]} feed the newest last
 * @param {number} size
 */
function withFeed(list, feed, size) {
  const came = size - (list.total ?? size);
  return {
    total: size,
    /** @param {number} index @returns {FeedLine | undefined} */
    row: (index) => {
      const places = [feed.at(-1 - index), index >= came ? list.row(index - came) : undefined];
      return places.find((line) => line?.sequence === size - 1 - index);
    },
  };
}

/** @param {number | null} total @param {number} indexed @param {number} size */
function foundText(total, indexed, size) {
  if (total === null) return 'Searching…';
  const found = `${grouped(String(total))} found`;
  const behind =
    indexed < size - 1
      ? `, ${grouped(String(indexed))} of ${grouped(String(size))} indexed so far`
      : '';
  return total > ROWS_MAX
    ? `${found}${behind}; the newest ${grouped(String(ROWS_MAX))} are listed, older ones from a sequence or a time on.`
    : `${found}${behind}.`;
}

/** What the address asks for, in the words of the server. */
function questionNow() {
  const { settings } = addressNow();
  const search = settings.get('search') ?? '';
  const number = /^#?(\d{1,15})$/.exec(search.trim())?.[1];
  /** @param {string} name */
  const time = (name) => {
    const ms = Date.parse(`${settings.get(name) ?? ''}Z`);
    return Number.isNaN(ms) ? '' : String(ms);
  };
  return {
    search: number === undefined ? search : '',
    type: settings.get('type') ?? '',
    author: settings.get('author') ?? '',
    run: settings.get('run') ?? '',
    window: /^\d{1,9}$/.test(settings.get('window') ?? '') ? (settings.get('window') ?? '') : '',
    participant: settings.get('participant') ?? '',
    since: time('since'),
    until: time('until'),
    through: number ?? '',
  };
}

/** @param {Live} live @param {Views} views */
function filters(live, views) {
  const words = views.get('/view/words') ?? { types: [], runs: [] };
  const { settings } = addressNow();
  const { authority = null, operator = null } = live.head ?? {};
  const author = settings.get('author') ?? '';
  const participant = settings.get('participant') ?? '';
  return controls(
    'Log',
    input('search', 'Search', { placeholder: 'fact, name, key or sequence', size: 26 }),
    choice('type', 'Fact', [
      ['', 'any'],
      ...words.types.map(
        (/** @type {string} */ type) => /** @type {const} */ ([type, typeName(type)]),
      ),
    ]),
    choice('author', 'Author', [
      ['', 'anybody'],
      ...(authority === null ? [] : [/** @type {const} */ ([authority, 'authority'])]),
      ...(operator === null ? [] : [/** @type {const} */ ([operator, 'operator'])]),
      ...(author === '' || author === authority || author === operator
        ? []
        : [/** @type {const} */ ([author, `${author.slice(0, 8)}…`])]),
    ]),
    choice('run', 'Run', [
      ['', 'any'],
      ...words.runs.map((/** @type {string} */ run) => /** @type {const} */ ([run, run])),
    ]),
    input('window', 'Window', { type: 'number', min: 0, size: 6 }),
    input('since', 'From', { type: 'datetime-local', step: 1 }),
    input('until', 'To', { type: 'datetime-local', step: 1 }),
    participant !== '' && input('participant', 'Naming', { size: 14 }),
  );
}

/**
 * What a key does on this page.
 * @param {string} key
 * @returns {boolean} whether it did something
 */
export function logKey(key) {
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 15, PageUp: -15 }[key];
  if (step !== undefined) {
    if (drawn.total === 0) return false;
    selected = Math.max(0, Math.min(drawn.total - 1, selected === null ? 0 : selected + step));
    reveal(TABLE, selected);
    return true;
  }
  if (key === 'Enter' && selected !== null) {
    const sequence = drawn.sequence(selected);
    if (sequence === undefined) return false;
    location.hash = `#/entry/${sequence}`;
    return true;
  }
  if (key === 'Home') {
    selected = null;
    reveal(TABLE, 0);
    return true;
  }
  return false;
}
