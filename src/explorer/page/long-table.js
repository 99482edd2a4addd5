// @ts-check
/**
 * A table of any length: the rows in sight are there, room is kept for the others, and rows that have
 * not come yet are shown as such. All rows are equally high, so a place in the list is a place on the
 * screen: one line, or on a phone, where rows are cards, as many as their columns take. Short lists are
 * whole and do not scroll by themselves.
 */
import { h } from './dom.js';
import { bodyCell, headCell } from './table-cells.js';

/** @typedef {import('./dom.js').Child} Child */
/** @typedef {{ key: string, cells: readonly (Child | readonly Child[])[] }} Row */

/** These are also in style.css. */
const ROW_PIXELS = 30;
const HEAD_PIXELS = 34;
const CARD = { padding: 12, heading: 24, labelled: 38, plain: 24 };
const phone = window.matchMedia('(max-width: 600px)');

/** @typedef {{ label: string, numeric?: boolean, wide?: boolean, brief?: boolean }} Column */

/** Two cells a line, a wide one alone. @param {readonly Column[]} columns @param {boolean} plain */
function cardLines(columns, plain) {
  // The heading of a card has a line of its own, unless nothing is labelled.
  const cells = plain ? columns : columns.slice(1);
  const wide = cells.filter((column) => column.wide === true).length;
  return Math.ceil((cells.length - wide) / 2) + wide;
}

/** @param {readonly Column[]} columns @param {boolean} plain */
function rowPixelsOf(columns, plain) {
  if (!phone.matches) return ROW_PIXELS;
  const lines = cardLines(columns, plain);
  return CARD.padding + (plain ? lines * CARD.plain : CARD.heading + lines * CARD.labelled);
}

/** As each table was drawn last, for the keyboard. @type {Map<string, number>} */
const rowPixels = new Map();
/** Lists up to this length are shown whole. */
const WHOLE_MAX = 30;
const ROWS_IN_SIGHT = 20;
const MARGIN = 12;
/** What browsers lay out at most is some 17 million pixels; older rows are reached by filters. */
export const ROWS_MAX = 500_000;

/** A wide cell has what the others leave, a brief one is cut off before it takes their room. */
const CLASSES = { numeric: 'number', wide: 'wide', brief: 'brief' };

/** @param {string} id */
const scrollerOf = (id) => document.getElementById(`${id}-scroll`);

/** How far the reader has scrolled it. @param {string} id */
export const scrolledTo = (id) => scrollerOf(id)?.scrollTop ?? 0;

/** Brings a row into sight. @param {string} id @param {number} index */
export function reveal(id, index) {
  const scroller = scrollerOf(id);
  if (scroller === null) return;
  const row = rowPixels.get(id) ?? ROW_PIXELS;
  const top = index * row;
  const room = scroller.clientHeight - (phone.matches ? 0 : HEAD_PIXELS) - row;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (top > scroller.scrollTop + room) scroller.scrollTop = top - room;
}

/**
 * @template Item
 * @param {object} table
 * @param {string} table.id
 * @param {Child | readonly Child[]} table.caption
 * @param {readonly Column[]} table.columns
 * @param {number | null} table.total null while it is not known
 * @param {(index: number) => Item | undefined} table.at undefined while it has not come
 * @param {(item: Item) => Row} table.row
 * @param {number | null} [table.selected] index of the row that the keyboard is on
 * @param {string | null} [table.problem]
 * @param {string} [table.empty]
 * @param {boolean} [table.plain] what stands in its cells says what it is, without the columns' names
 */
export function longTable({
  id,
  caption,
  columns,
  total,
  at: itemAt,
  row,
  selected = null,
  problem = null,
  empty = 'Nothing yet.',
  plain = false,
}) {
  if (problem !== null && total === null)
    return h('p', { class: 'empty', role: 'alert', key: `${id}-problem` }, problem);
  if (total === null) return h('p', { class: 'empty', key: `${id}-coming` }, 'Reading…');
  if (total === 0) return h('p', { class: 'empty', key: `${id}-empty` }, empty);
  const shown = Math.min(total, ROWS_MAX);
  const whole = shown <= WHOLE_MAX;
  const pixels = rowPixelsOf(columns, plain);
  rowPixels.set(id, pixels);
  const scrolled = whole ? 0 : Math.floor(scrolledTo(id) / pixels);
  const first = Math.max(0, Math.min(scrolled, shown - ROWS_IN_SIGHT) - MARGIN);
  const after = whole ? shown : Math.min(shown, first + ROWS_IN_SIGHT + 2 * MARGIN);
  const indices = Array.from({ length: after - first }, (_, place) => first + place);
  /** @param {Item | undefined} item */
  const rowOf = (item) => (item === undefined ? undefined : row(item));
  /** @param {number} column */
  const kind = (column) =>
    /** @type {const} */ (['numeric', 'wide', 'brief'])
      .map((name) => columns[column]?.[name] === true && CLASSES[name])
      .filter(Boolean)
      .join(' ') || null;
  const lines = cardLines(columns, plain);
  return h(
    'div',
    {
      id: `${id}-scroll`,
      key: `${id}-scroll`,
      class: whole ? 'scroll' : 'scroll long',
      role: 'region',
      tabindex: 0,
      'aria-labelledby': `${id}-caption`,
    },
    h(
      'table',
      {
        id,
        role: 'table',
        class: `rows lines-${lines}${plain ? ' plain' : ''}`,
        'aria-rowcount': total + 1,
      },
      h('caption', { id: `${id}-caption` }, caption),
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row', 'aria-rowindex': 1 },
          columns.map(({ label }, column) => headCell(label, kind(column))),
        ),
      ),
      h(
        'tbody',
        { role: 'rowgroup' },
        room('before', first * pixels, columns.length),
        indices.map((index) =>
          line(rowOf(itemAt(index)), index, columns, kind, selected === index),
        ),
        room('after', (shown - after) * pixels, columns.length),
      ),
    ),
  );
}

/** Where rows are that are not in sight. @param {string} key @param {number} height @param {number} span */
const room = (key, height, span) =>
  height > 0 &&
  h(
    'tr',
    { key: `room-${key}`, class: 'room', 'aria-hidden': 'true' },
    h('td', { colspan: span, height }),
  );

/**
 * @param {Row | undefined} row
 * @param {number} index
 * @param {readonly Column[]} columns
 * @param {(column: number) => string | null} kind
 * @param {boolean} isSelected
 */
function line(row, index, columns, kind, isSelected) {
  const attributes = { role: 'row', 'aria-rowindex': index + 2, 'data-selected': isSelected };
  if (row === undefined)
    return h(
      'tr',
      { key: `coming-${index}`, ...attributes },
      h('td', { role: 'cell', colspan: columns.length, class: 'quiet' }, '…'),
    );
  return h(
    'tr',
    { key: row.key, ...attributes },
    row.cells.map((cell, column) => bodyCell(column, cell, columns[column]?.label, kind(column))),
  );
}
