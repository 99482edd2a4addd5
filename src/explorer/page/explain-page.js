// @ts-check
/**
 * An explanation: the chain of entries behind a payout, a verdict, a promotion. What the server says is
 * plain JSON whose members have names for people; it is drawn as it is, so that a new kind of
 * explanation needs nothing here.
 */
import { h } from './dom.js';
import { grouped, short } from './format.js';
import { chip, digest, entryLink, partyLink, table } from './parts.js';

/** @typedef {import('./dom.js').Child} Child */
/** @typedef {Record<string, unknown>} Members */

/** Members that say where in the ledger something stands. */
const ENTRIES =
  /^(sequence|sequences|because|evidence|policy|claimed|revealed|opened|funded|closed|settlement|seedFrom|entry|entries)$/;
const WORDS = /^(disposition|decision|state|side|outcome|standing)$/;
const KEYS = /^(U[A-Z2-7]{55}|sha256:[0-9a-f]{64}|[0-9a-f]{64})$/;

/**
 * @param {string} kind
 * @param {string} of
 * @param {Members | null} explanation null while it is fetched
 * @param {string | null} problem
 */
export const explainPage = (kind, of, explanation, problem) => [
  h(
    'div',
    { class: 'headline', key: `explain-${kind}-${of}` },
    h('nav', { class: 'crumbs', 'aria-label': 'Back' }, h('a', { href: '#/' }, 'Run')),
    h('h1', {}, `Why: ${kind} `, h('span', { class: 'quiet' }, of)),
    h(
      'p',
      { class: 'quiet' },
      'Derived from the ledger alone. Every # is an entry; the command line gives the same: ',
      h('code', {}, `daybook explain ${kind} ${of}`),
    ),
  ),
  problem !== null
    ? h('p', { class: 'empty', role: 'alert' }, problem)
    : explanation === null
      ? h('p', { class: 'empty' }, 'Reading the history…')
      : h('div', { class: 'explanation', key: 'explanation' }, ...sections(explanation)),
];

/** Plain members first, then a part for each that has some of its own. @param {Members} members */
function sections(members) {
  const plain = Object.entries(members).filter(([, value]) => !isDeep(value));
  const deep = Object.entries(members).filter(([, value]) => isDeep(value));
  return [
    pairs(plain),
    ...deep.map(([name, value]) =>
      h('section', { key: name }, h('h2', {}, wordsOf(name)), part(name, value)),
    ),
  ];
}

/** @param {unknown} value */
const isDeep = (value) =>
  (isMembers(value) && !isParty(value)) ||
  (Array.isArray(value) && value.some((one) => isMembers(one) && !isParty(one)));

/** @param {unknown} value @returns {value is Members} */
const isMembers = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param {unknown} value @returns {value is { participant: string, name: string }} */
const isParty = (value) =>
  isMembers(value) &&
  typeof value['participant'] === 'string' &&
  typeof value['name'] === 'string' &&
  Object.keys(value).length === 2;

/** @param {string} name @param {unknown} value @returns {Child | Child[]} */
function part(name, value) {
  if (Array.isArray(value)) {
    const rows = value.filter(isMembers);
    return rows.length === value.length ? rowsOf(name, rows) : inline(name, value);
  }
  if (!isMembers(value)) return inline(name, value);
  const entries = Object.entries(value);
  const deep = entries.filter(([, child]) => isDeep(child));
  return h(
    'div',
    {},
    pairs(entries.filter(([, child]) => !isDeep(child))),
    ...deep.map(([child, members]) =>
      h('div', { class: 'within' }, h('h3', {}, wordsOf(child)), part(child, members)),
    ),
  );
}

/** @param {string} name @param {readonly Members[]} rows @returns {Child | Child[]} */
function rowsOf(name, rows) {
  if (rows.some((row) => Object.values(row).some(isChain))) return rows.map(unfolding);
  const flat = rows.map(spread);
  const columns = [...new Set(flat.flatMap((row) => Object.keys(row)))];
  return table({
    id: `why-${name}-table`,
    caption: h('span', { class: 'unseen' }, wordsOf(name)),
    columns: columns.map((column) => ({ label: wordsOf(column.replaceAll('.', ' ')) })),
    rows: flat.map((row, index) => ({
      key: String(index),
      cells: columns.map((column) =>
        column in row ? inline(column.slice(column.lastIndexOf('.') + 1), row[column]) : '',
      ),
    })),
    empty: 'Nothing.',
  });
}

/** Steps within a step: too much for a cell. @param {unknown} value */
const isChain = (value) =>
  Array.isArray(value) && value.some((one) => isMembers(one) && !isParty(one));

/** One that opens on demand. @param {Members} row @param {number} index */
function unfolding(row, index) {
  const entries = Object.entries(spread(row));
  // Numbers without their names say nothing.
  const brief = entries.filter(([name, value]) =>
    typeof value === 'number'
      ? ENTRIES.test(name)
      : typeof value === 'string' && !/^\d+$/.test(value),
  );
  return h(
    'details',
    { key: String(index) },
    h('summary', {}, ...brief.flatMap(([name, value]) => [inline(name, value), ' '])),
    pairs(entries.filter(([, value]) => !isDeep(value))),
    ...entries
      .filter(([, value]) => isDeep(value))
      .map(([name, value]) =>
        h('div', { class: 'within' }, h('h3', {}, wordsOf(name)), part(`${name}-${index}`, value)),
      ),
  );
}

/** Parties stay one cell; other members within are spread. @param {Members} row @returns {Members} */
function spread(row) {
  /** @type {Members} */
  const out = {};
  if (typeof row['participant'] === 'string' && typeof row['name'] === 'string')
    out['who'] = { participant: row['participant'], name: row['name'] };
  for (const [name, value] of Object.entries(row)) {
    if ('who' in out && (name === 'participant' || name === 'name')) continue;
    if (!isMembers(value) || isParty(value)) out[name] = value;
    else
      for (const [inner, child] of Object.entries(spread(value))) out[`${name}.${inner}`] = child;
  }
  return out;
}

/** @param {readonly (readonly [string, unknown])[]} members */
const pairs = (members) =>
  members.length === 0
    ? null
    : h(
        'dl',
        { class: 'facts' },
        members.map(([name, value]) =>
          h('div', {}, h('dt', {}, wordsOf(name)), h('dd', {}, inline(name, value))),
        ),
      );

/** @param {string} name @param {unknown} value @returns {Child} */
function inline(name, value) {
  if (value === null || value === undefined) return h('span', { class: 'quiet' }, 'none');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (isParty(value)) return partyLink(value);
  if (typeof value === 'number')
    return ENTRIES.test(name) || name.endsWith('Sequence')
      ? entryLink(value)
      : grouped(String(value));
  if (typeof value === 'string') {
    if (KEYS.test(value)) return digest(value);
    return WORDS.test(name) ? chip(value) : /^\d{4,}$/.test(value) ? grouped(value) : bare(value);
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return h('span', { class: 'quiet' }, 'none');
    const items = value.flatMap((one, index) => [index > 0 && ' ', inline(name, one)]);
    return h('span', {}, ...items);
  }
  return isMembers(value) ? pairs(Object.entries(value)) : String(value);
}

/** Keys within a text cut short, the whole on asking. @param {string} text @returns {Child} */
function bare(text) {
  const cut = text.replaceAll(/U[A-Z2-7]{55}/g, (key) => short(key));
  return cut === text ? text : h('span', { title: text }, cut);
}

/** `lossBeforeMicroNats` as `loss before micro nats`. @param {string} name */
const wordsOf = (name) => {
  const spaced = name.replaceAll(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};

/**
 * Why something is as it is: the way to its explanation.
 * @param {string} kind
 * @param {string} of
 * @param {string} what for who does not see where the link stands
 */
export const whyLink = (kind, of, what) =>
  h(
    'a',
    { href: `#/explain/${kind}/${of}`, class: 'why' },
    'why',
    h('span', { class: 'unseen' }, ` ${what}`),
  );
