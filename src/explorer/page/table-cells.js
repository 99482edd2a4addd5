// @ts-check
/**
 * Cells of tables. On a phone rows are cards and nothing of a table is laid out as one, which is why
 * roles and names of columns are said with each cell.
 */
import { h } from './dom.js';

/** @typedef {import('./dom.js').Child} Child */

/** @param {string} label @param {string | null} look its class */
export const headCell = (label, look) =>
  h('th', { scope: 'col', role: 'columnheader', class: look }, label);

/**
 * @param {number} column the first one heads the row
 * @param {Child | readonly Child[]} content
 * @param {string | undefined} label of the column
 * @param {string | null} look its class
 */
export const bodyCell = (column, content, label, look) =>
  column === 0
    ? h('th', { scope: 'row', role: 'rowheader', class: look, 'data-label': label }, content)
    : h('td', { role: 'cell', class: look, 'data-label': label }, content);
