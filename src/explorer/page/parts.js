// @ts-check
/** Small pieces that every view uses: chips, digests, links, tables from column definitions. */
import { grouped, short } from './format.js';
import { h } from './dom.js';
import { bodyCell, headCell } from './table-cells.js';

/** @type {Record<string, string>} */
const TONES = {
  accepted: 'good',
  balanced: 'good',
  verified: 'good',
  activated: 'good',
  full: 'good',
  unbalanced: 'bad',
  'does not hold': 'bad',
  canary: 'warn',
  limited: 'warn',
  promoted_revision: 'good',
  alive: 'good',
  active: 'good',
  completed: 'good',
  settled: 'good',
  reconciled: 'quiet',
  rejected: 'bad',
  refused_promotion: 'bad',
  failed: 'bad',
  expired: 'bad',
  quarantined: 'warn',
  held_no_promotion: 'warn',
  replay_required: 'warn',
  stale: 'warn',
  recovering: 'warn',
  paused: 'warn',
  draining: 'warn',
  superseded: 'warn',
  departed: 'quiet',
};

/**
 * A state word. The word says it; the colour only helps.
 * @param {string} word
 * @param {string} [text]
 */
export const chip = (word, text = word) =>
  h('span', { class: 'chip', 'data-tone': TONES[word] ?? 'info' }, text);

/**
 * A digest, key or root, shortened; a click copies it whole.
 * @param {string} full
 * @param {string} [shown]
 */
export const digest = (full, shown = short(full)) =>
  h(
    'button',
    { type: 'button', class: 'digest', title: `${full} (click to copy)`, 'data-copy': full },
    shown,
    h('span', { class: 'unseen' }, ' copy'),
  );

/** @param {string} run @param {number} window @param {string} [text] */
export const windowLink = (run, window, text = String(window)) =>
  h('a', { href: `#/window/${run}/${window}` }, text);

/** @param {{ participant: string, name: string }} party */
export const partyLink = ({ participant, name }) =>
  h('a', { href: `#/contributor/${participant}`, title: participant }, name);

/**
 * Entry by sequence, with the proof that it is in the tree.
 * @param {number} sequence
 */
export const entryLink = (sequence) =>
  h(
    'a',
    {
      class: 'sequence',
      href: `#/entry/${sequence}`,
      title: `entry ${sequence}`,
    },
    `#${sequence}`,
  );

/** @typedef {import('./dom.js').Child} Child */

/**
 * A table in a region that scrolls sideways where there is room to, and can be reached by keyboard.
 * @param {object} table
 * @param {string} table.id
 * @param {Child | readonly Child[]} table.caption
 * @param {readonly { label: string, numeric?: boolean }[]} table.columns
 * @param {readonly { key: string, cells: readonly (Child | readonly Child[])[] }[]} table.rows first cell heads the row
 * @param {string} [table.empty]
 */
export function table({ id, caption, columns, rows, empty = 'Nothing yet.' }) {
  if (rows.length === 0) return h('p', { class: 'empty' }, empty);
  /** @param {number} index */
  const look = (index) => (columns[index]?.numeric === true ? 'number' : null);
  return h(
    'div',
    { class: 'scroll', role: 'region', tabindex: 0, 'aria-labelledby': `${id}-caption` },
    h(
      'table',
      { id, role: 'table' },
      h('caption', { id: `${id}-caption` }, caption),
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          columns.map(({ label }, index) => headCell(label, look(index))),
        ),
      ),
      h(
        'tbody',
        { role: 'rowgroup' },
        rows.map(({ key, cells }) =>
          h(
            'tr',
            { key, role: 'row' },
            cells.map((cell, index) => bodyCell(index, cell, columns[index]?.label, look(index))),
          ),
        ),
      ),
    ),
  );
}

/**
 * Cells of a row after the column definitions that the CSV uses too; `special` decorates some.
 * @template Row
 * @param {readonly import('./columns.js').Column<Row>[]} columns
 * @param {Row} row
 * @param {Record<string, (row: Row) => Child | readonly Child[]>} special
 */
export const cellsOf = (columns, row, special) =>
  columns.map(({ key, numeric, parts }) => {
    const decorated = special[key];
    if (decorated !== undefined) return decorated(row);
    const text = parts(row).join('; ');
    return numeric ? grouped(text) : text;
  });

/**
 * Name and value pairs.
 * @param {readonly (readonly [string, Child | readonly Child[]])[]} pairs
 */
export const facts = (pairs) =>
  h(
    'dl',
    { class: 'facts' },
    pairs.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );

/**
 * A titled part of the page.
 * @param {string} id
 * @param {string} title
 * @param {Child | readonly Child[]} aside
 * @param {...(Child | readonly Child[])} children
 */
export const section = (id, title, aside, ...children) =>
  h(
    'section',
    { id, key: id, 'aria-labelledby': `${id}-title` },
    h('div', { class: 'section-head' }, h('h2', { id: `${id}-title` }, title), aside),
    children.flat(),
  );
