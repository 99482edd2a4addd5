// @ts-check
/**
 * An explanation: the chain of entries behind a payout, a verdict, a promotion, told as the command line
 * tells it, with what it points at to go on to.
 */
import { h } from './dom.js';
import { short } from './format.js';
import { digest, entryLink, facts, partyLink, table } from './parts.js';

/** @typedef {import('./dom.js').Child} Child */
/** @typedef {import('../../roles/explain/telling/telling.ts').Telling} Telling */
/** @typedef {import('../../roles/explain/telling/telling.ts').Part} Part */
/** @typedef {import('../../roles/explain/telling/telling.ts').Block} Block */
/** @typedef {import('../../roles/explain/telling/telling.ts').Line} Line */
/** @typedef {import('../../roles/explain/telling/telling.ts').Piece} Piece */

/** Keys and digests within a text. */
const LONG = /U[A-Z2-7]{55}|sha256:[0-9a-f]{64}/g;

/**
 * @param {string} kind
 * @param {string} of
 * @param {string} data where it is for programs
 * @param {Telling | null} telling null while it is fetched
 * @param {string | null} problem
 */
export const explainPage = (kind, of, data, telling, problem) => [
  h(
    'div',
    { class: 'headline', key: `explain-${kind}-${of}` },
    h('nav', { class: 'crumbs', 'aria-label': 'Back' }, h('a', { href: '#/' }, 'Run')),
    h('h1', {}, `Why: ${kind} `, h('span', { class: 'quiet' }, of)),
    telling === null ? null : h('p', { class: 'lead' }, ...line(telling.title)),
    h(
      'p',
      { class: 'quiet' },
      'Derived from the ledger alone. Every # is an entry; the command line says the same: ',
      h('code', {}, `daybook explain ${kind} ${of}`),
      ' · ',
      h('a', { href: data }, 'as JSON'),
    ),
  ),
  problem !== null
    ? h('p', { class: 'empty', role: 'alert' }, problem)
    : telling === null
      ? h('p', { class: 'empty' }, 'Reading the history…')
      : h('div', { class: 'explanation', key: 'explanation' }, ...telling.parts.map(section)),
];

/** @param {Part} part @param {number} index */
const section = ({ heading, blocks }, index) =>
  h(
    'section',
    { key: String(index) },
    heading === null ? null : h('h2', {}, capital(heading)),
    ...blocks.map((block, at) => drawn(block, `why-${index}-${at}`, heading ?? 'summary')),
  );

/** @param {Block} block @param {string} id @param {string} name @returns {Child} */
function drawn(block, id, name) {
  if ('text' in block) return h('p', {}, ...line(block.text));
  if ('facts' in block)
    return facts(block.facts.map((fact) => [capital(fact.name), line(fact.value)]));
  return table({
    id,
    caption: h('span', { class: 'unseen' }, capital(name)),
    columns: block.head.map((label) => ({ label: capital(label) })),
    rows: block.rows.map((row, at) => ({ key: String(at), cells: row.map(line) })),
  });
}

/** @param {Line} pieces @returns {Child[]} */
const line = (pieces) => pieces.map(pointed);

/** @param {Piece} piece @returns {Child} */
function pointed(piece) {
  if (typeof piece === 'string') return bare(piece);
  if ('tone' in piece)
    return piece.tone === 'strong'
      ? h('strong', {}, piece.text)
      : piece.tone === 'quiet'
        ? h('span', { class: 'quiet' }, piece.text)
        : h('span', { class: 'chip', 'data-tone': piece.tone }, piece.text);
  if ('entry' in piece) return entryLink(piece.entry);
  if ('party' in piece)
    return piece.isAsked === true
      ? h('strong', {}, partyLink(piece.party))
      : partyLink(piece.party);
  if ('why' in piece)
    return h('a', { href: `#/explain/${piece.why}/${piece.of}` }, piece.text ?? piece.of);
  return digest(piece.digest);
}

/** Keys and digests within a text cut short, the whole on asking. @param {string} text @returns {Child} */
function bare(text) {
  const cut = text.replaceAll(LONG, (one) => short(one));
  return cut === text ? text : h('span', { title: text }, cut);
}

/** @param {string} words */
const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

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
