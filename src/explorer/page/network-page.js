// @ts-check
/** The network: who governs it, what is in force, who takes part, what is offered. */
import { contributorSection } from './contributor-table.js';
import { h } from './dom.js';
import { dateTime, grouped, money } from './format.js';
import { headSection } from './head-section.js';
import { memberColumns } from './money-columns.js';
import { chip, digest, entryLink, facts, section, table } from './parts.js';

/** @typedef {import('./live.js').Live} Live */
/** @typedef {import('./views.js').Views} Views */
/** @typedef {import('../read-models/network.ts').GovernanceView} GovernanceView */
/** @typedef {import('../read-models/network.ts').NetworkView & { signedHead: { size: number | null, note: string | null, problem: string | null } }} NetworkView */

/** @param {Live} live @param {Views} views */
export function networkPage(live, views) {
  /** @type {NetworkView | null} */
  const network = views.get('/view/network');
  if (network === null) return [h('p', { class: 'empty' }, 'Reading the network…')];
  const { governance } = network;
  return [
    headline(network),
    h(
      'div',
      { class: 'split', key: 'split' },
      h(
        'div',
        { class: 'side' },
        governance === null ? signedSection(network) : governanceSection(governance),
        offersSection(network),
      ),
      h('div', { class: 'side' }, headSection(live), governance !== null && signedSection(network)),
    ),
    contributorSection(views, memberColumns(network.policy), '/view/members.csv'),
    policySection(network),
  ];
}

/** @param {NetworkView} network */
function headline({ ledger, governance, counts, stages, registry, rules }) {
  /** @param {string} role @param {string} [status] */
  const count = (role, status) =>
    counts.members
      .filter((one) => one.role === role && (status ?? one.status) === one.status)
      .reduce((sum, one) => sum + one.count, 0);
  /** @param {string} role */
  const alive = (role) => [
    grouped(String(count(role, 'alive'))),
    h('small', {}, `alive of ${grouped(String(count(role)))}`),
  ];
  return h(
    'div',
    { class: 'headline', key: 'headline' },
    h(
      'h1',
      {},
      governance?.title ?? ledger,
      ' ',
      h('span', { class: 'quiet' }, governance?.network ?? 'ledger'),
    ),
    h(
      'p',
      { class: 'quiet' },
      `Rules ${rules}${governance === null ? ' · no network is founded on this ledger: its operator sets the policy' : ` · epochs of ${governance.epochMs / 1000} s since ${dateTime(governance.genesisMs)} UTC`}`,
    ),
    h(
      'dl',
      { class: 'tiles' },
      tile('Workers', alive('worker')),
      tile('Validators', alive('validator')),
      tile('Runs', [
        grouped(String(counts.runs)),
        h('small', {}, `${grouped(String(counts.windows))} windows`),
      ]),
      Object.keys(stages).length > 0 &&
        tile('Full members', [
          grouped(String(stages['full'] ?? 0)),
          h('small', {}, `${stages['canary'] ?? 0} canaries, ${stages['limited'] ?? 0} limited`),
        ]),
      registry !== null &&
        tile('Identities', [
          grouped(String(registry.identities)),
          h('small', {}, `${registry.revoked} revoked, ${registry.clusters} clusters`),
        ]),
      governance !== null &&
        tile('Epoch', [
          grouped(String(governance.epoch)),
          h('small', {}, `until ${dateTime(governance.epochEndsMs)}`),
        ]),
      governance !== null && tile('Governance revision', grouped(String(governance.revision))),
    ),
  );
}

/** @param {string} name @param {import('./dom.js').Child | readonly import('./dom.js').Child[]} value */
const tile = (name, value) => h('div', {}, h('dt', {}, name), h('dd', {}, value));

/** @param {GovernanceView} governance */
function governanceSection(governance) {
  const { council, proposals, closed, weight } = governance;
  return section(
    'governance',
    'Governance',
    entryLink(governance.sequence),
    table({
      id: 'proposals-table',
      caption: 'Proposals that take votes or wait for their epoch',
      columns: [
        { label: 'Proposal' },
        { label: 'Changes' },
        { label: 'Yes', numeric: true },
        { label: 'No', numeric: true },
        { label: 'Abstain', numeric: true },
        { label: 'Closes, epoch', numeric: true },
        { label: 'Active, epoch', numeric: true },
        { label: 'State' },
        { label: 'Entries' },
      ],
      rows: proposals.map((one) => ({
        key: one.proposal,
        cells: [
          [one.title, ' ', h('span', { class: 'quiet' }, one.proposal)],
          one.changes.join(', '),
          one.tally.yes,
          one.tally.no,
          one.tally.abstain,
          one.closesEpoch,
          one.activationEpoch,
          chip(one.accepted === null ? 'voting' : 'accepted'),
          [
            entryLink(one.sequence),
            ...one.votes.flatMap(({ sequence }) => [' ', entryLink(sequence)]),
          ],
        ],
      })),
      empty: 'Nothing is proposed.',
    }),
    table({
      id: 'council-table',
      caption: `Council, ${weight} votes in all`,
      columns: [{ label: 'Member' }, { label: 'Votes', numeric: true }],
      rows: council.map((seat) => ({
        key: seat.participant,
        cells: [digest(seat.participant, seat.name), seat.weight],
      })),
    }),
    closed.length > 0 &&
      table({
        id: 'closed-table',
        caption: 'Proposals that are over',
        columns: [
          { label: 'Proposal' },
          { label: 'Outcome' },
          { label: 'Yes', numeric: true },
          { label: 'No', numeric: true },
          { label: 'Abstain', numeric: true },
          { label: 'Entries' },
        ],
        rows: closed.map((one) => ({
          key: one.proposal,
          cells: [
            one.proposal,
            chip(one.outcome),
            one.yes,
            one.no,
            one.abstain,
            [entryLink(one.submitted), ' ', entryLink(one.closed)],
          ],
        })),
      }),
  );
}

/** @param {NetworkView} network */
const offersSection = ({ offers, offences, appealsOpen }) =>
  (offers.length > 0 || offences.length > 0) &&
  section(
    'offers',
    'Offers and offences',
    null,
    offers.length > 0 &&
      table({
        id: 'offers-table',
        caption: 'Runs that look for participants',
        columns: [
          { label: 'Run' },
          { label: 'Round', numeric: true },
          { label: 'Open', numeric: true },
          { label: 'Accepted', numeric: true },
          { label: 'Declined', numeric: true },
          { label: 'Lapsed', numeric: true },
        ],
        rows: offers.map((one) => ({
          key: one.run,
          cells: [
            h('a', { href: `#/run/${one.run}` }, one.run),
            one.round,
            one.open,
            one.accepted,
            one.declined,
            one.lapsed,
          ],
        })),
      }),
    offences.length > 0 &&
      table({
        id: 'offences-table',
        caption: `Offences that count or can be appealed; ${appealsOpen} appeals open`,
        columns: [{ label: 'Kind' }, { label: 'Found', numeric: true }],
        rows: offences.map(({ kind, count }) => ({
          key: kind,
          cells: [h('code', {}, kind), count],
        })),
      }),
  );

/** @param {NetworkView} network */
const signedSection = ({ signedHead, origin, authority, operator }) =>
  section(
    'authority',
    'Authority',
    signedHead.note !== null && h('a', { href: '/checkpoint' }, 'Signed head'),
    facts([
      ['Origin', origin ?? 'none'],
      ['Signed up to', signedHead.size === null ? 'nothing' : entryLink(signedHead.size - 1)],
      ['Authority', authority === null ? 'none' : digest(authority)],
      ['Operator', operator === null ? 'none' : digest(operator)],
    ]),
    signedHead.note === null
      ? h('p', { class: 'note' }, `No signed head: ${signedHead.problem ?? 'none was asked for'}.`)
      : h('pre', { class: 'line', tabindex: 0, 'aria-label': 'Signed head' }, signedHead.note),
  );

/** @param {NetworkView} network */
function policySection({ policy }) {
  if (policy === null)
    return section('policy', 'Policy', null, h('p', { class: 'empty' }, 'None is adopted yet.'));
  const entries = Object.entries(policy);
  const plain = entries.filter(
    ([name, value]) => !isSection(value) && value !== null && name !== 'revision',
  );
  const absent = entries.filter(([, value]) => value === null).map(([name]) => name);
  return section(
    'policy',
    `Policy, revision ${policy.revision}`,
    null,
    h(
      'div',
      { class: 'policy' },
      entries
        .filter(([, value]) => isSection(value))
        .map(([name, value]) =>
          h(
            'div',
            { key: name },
            h('h3', {}, wordsOf(name)),
            h(
              'dl',
              {},
              Object.entries(/** @type {object} */ (value)).map(([key, term]) =>
                h('div', {}, h('dt', {}, wordsOf(key)), h('dd', {}, termText(term))),
              ),
            ),
          ),
        ),
    ),
    h(
      'p',
      { class: 'note' },
      [
        plain.map(([name, value]) => `${wordsOf(name)} ${String(value)}`).join(', '),
        absent.length > 0 ? `not offered: ${absent.map(wordsOf).join(', ')}` : '',
      ]
        .filter((text) => text !== '')
        .join('; '),
    ),
  );
}

/** @param {unknown} value */
const isSection = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param {string} name `workShareBps` -> `work share bps` */
const wordsOf = (name) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** A term that is money is a decimal string of micro-units. @param {unknown} term */
function termText(term) {
  if (term === null) return h('span', { class: 'quiet' }, 'none');
  if (typeof term === 'number') return grouped(String(term));
  if (typeof term === 'string' && /^\d{1,38}$/.test(term)) return grouped(money(term));
  if (typeof term === 'string' || typeof term === 'boolean') return String(term);
  return h('code', {}, JSON.stringify(term));
}
