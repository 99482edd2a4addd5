// @ts-check
/** An entry: what it says, where it stands in the tree and that it does, what it links to. */
import { h } from './dom.js';
import { whyLink } from './explain-page.js';
import { grouped, typeName } from './format.js';
import { digest, entryLink, facts, section } from './parts.js';
import { proofPart } from './proof-part.js';

/** @typedef {import('./views.js').Views} Views */
/** @typedef {import('./dom.js').Child} Child */
/**
 * @typedef {import('../read-models/feed.ts').FeedLine & {
 *   line: string,
 *   proof: { index: number, size: number, rootHex: string, path: readonly string[] } | null,
 *   signedSize: number | null,
 * }} Entry
 */

/**
 * @param {Views} views
 * @param {number} sequence
 * @param {number} size of the ledger
 */
export function entryPage(views, sequence, size) {
  const path = `/view/entry?sequence=${sequence}`;
  /** @type {Entry | null} */
  const entry = views.get(path);
  const problem = views.problem(path);
  if (entry === null)
    return [
      h(
        'p',
        { class: 'empty', role: problem === null ? null : 'alert' },
        problem ?? 'Reading the entry…',
      ),
    ];
  const envelope = JSON.parse(entry.line);
  return [
    h(
      'div',
      { class: 'headline', key: `headline-${sequence}` },
      h(
        'nav',
        { class: 'crumbs', 'aria-label': 'Entries' },
        h('a', { href: '#/log' }, 'Log'),
        sequence > 0 && h('a', { href: `#/entry/${sequence - 1}`, rel: 'prev' }, '← earlier'),
        sequence + 1 < size && h('a', { href: `#/entry/${sequence + 1}`, rel: 'next' }, 'later →'),
      ),
      h(
        'h1',
        {},
        `Entry ${grouped(String(sequence))} `,
        h('span', { class: 'quiet' }, typeName(entry.type)),
      ),
      facts([
        ['Type', h('a', { href: `#/log?type=${entry.type}` }, entry.type)],
        ['Time, UTC', entry.time],
        [
          'Author',
          [
            h('a', { href: `#/log?author=${entry.actor}`, title: entry.actor }, entry.actorName),
            entry.signed ? ', signed' : ', derived by the rules',
          ],
        ],
        ['About', entry.about],
        ['Command', envelope.commandid === undefined ? 'none' : h('code', {}, envelope.commandid)],
        ['Why', whys(envelope)],
      ]),
    ),
    section('data', 'What it says', null, h('div', { class: 'data' }, members(envelope.data))),
    section(
      'proof',
      'Inclusion',
      h('a', { href: `/api/entries?from=${sequence}&limit=1` }, 'As stored'),
      entry.proof === null
        ? h('p', { class: 'empty' }, 'The tree is growing; the proof comes with the next look.')
        : proofPart(entry.line, entry.proof, views.changed),
      h(
        'p',
        { class: 'note' },
        entry.signedSize === null
          ? 'The root is the one that this explorer computed over every entry; no signed head is at hand.'
          : sequence < entry.signedSize
            ? `The authority has signed a head over ${grouped(String(entry.signedSize))} entries, this one among them.`
            : `The authority's last signed head, over ${grouped(String(entry.signedSize))} entries, is before this one.`,
      ),
    ),
    section(
      'raw',
      'Line',
      h(
        'button',
        { type: 'button', class: 'digest', 'data-copy': entry.line },
        'copy',
        h('span', { class: 'unseen' }, ' the line'),
      ),
      h(
        'pre',
        { class: 'line', tabindex: 0, 'aria-label': 'Raw JSON' },
        JSON.stringify(envelope, null, 2),
      ),
    ),
  ];
}

/** Explanations that the entry bears on. @param {{ type: string, data: Record<string, unknown> }} envelope */
function whys({ type, data }) {
  const { assignment, run, window, participant } = data;
  /** @type {Child[]} */
  const links = [];
  if (typeof assignment === 'string')
    links.push(whyLink('verdict', assignment, 'was it judged so'));
  if (typeof run === 'string' && typeof window === 'number')
    links.push(
      /^daybook\.(promotion|aggregation|checkpoint)/.test(type)
        ? whyLink('promotion', `${run}/${window}`, 'was it decided so')
        : whyLink('selection', `${run}/${window}`, 'were these selected'),
    );
  if (typeof participant === 'string') links.push(whyLink('payout', participant, 'was it paid so'));
  if (links.length === 0) return 'it stands for itself';
  return links.flatMap((link, index) => [index > 0 && ', ', link]);
}

/** @param {unknown} value @param {string} [name] @returns {Child | Child[]} */
function members(value, name = '') {
  if (Array.isArray(value)) {
    if (value.length === 0) return h('span', { class: 'quiet' }, 'none');
    if (value.every((one) => typeof one !== 'object' || one === null))
      return value.flatMap((one, index) => [index > 0 && ', ', word(one, name)]);
    return h(
      'ol',
      {},
      value.map((one) => h('li', {}, members(one, name))),
    );
  }
  if (typeof value === 'object' && value !== null)
    return h(
      'dl',
      {},
      Object.entries(value).map(([key, one]) =>
        h('div', {}, h('dt', {}, key), h('dd', {}, members(one, key))),
      ),
    );
  return word(value, name);
}

const SEQUENCES = /^(because|evidence|sequence|settlement|seedFrom)$/;

/** @param {unknown} value @param {string} name @returns {Child} */
function word(value, name) {
  if (value === null) return h('span', { class: 'quiet' }, 'null');
  if (typeof value === 'number' && SEQUENCES.test(name)) return entryLink(value);
  const text = String(value);
  if (/^U[A-Z2-7]{55}$/.test(text))
    return h('a', { href: `#/contributor/${text}`, title: text }, `${text.slice(0, 10)}…`);
  if (/^(sha256:)?[0-9a-f]{64}$/.test(text)) return digest(text);
  return text;
}

/** Keys: to the entry before, or after. @param {string} key @param {number} sequence @param {number} size */
export function entryKey(key, sequence, size) {
  // Down the log is back in time.
  const to = {
    j: sequence - 1,
    ArrowLeft: sequence - 1,
    k: sequence + 1,
    ArrowRight: sequence + 1,
  }[key];
  if (to === undefined || to < 0 || to >= size) return false;
  location.hash = `#/entry/${to}`;
  return true;
}
