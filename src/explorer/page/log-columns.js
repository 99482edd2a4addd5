// @ts-check
/** Columns of the log: one definition for the page and for the CSV export, as in columns.js. */
import { dateTime, typeName } from './format.js';

/** @typedef {import('../read-models/feed.ts').FeedLine} FeedLine */

/** @type {readonly import('./columns.js').Column<FeedLine>[]} */
export const logColumns = [
  {
    key: 'sequence',
    label: 'Sequence',
    numeric: true,
    parts: ({ sequence }) => [String(sequence)],
  },
  {
    key: 'time',
    label: 'Time, UTC',
    numeric: false,
    parts: ({ time }) => [dateTime(Date.parse(time))],
  },
  { key: 'fact', label: 'Fact', numeric: false, parts: ({ type }) => [typeName(type)] },
  { key: 'about', label: 'About', numeric: false, parts: ({ about }) => [about] },
  {
    key: 'author',
    label: 'Author',
    numeric: false,
    parts: ({ actorName, signed }) => [signed ? actorName : `${actorName}, derived`],
  },
];
