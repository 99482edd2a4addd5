// @ts-check
/** What one participant can claim, with the path to the root that the settlement published. */
import { pathOf } from './address.js';
import { h } from './dom.js';
import { grouped, money } from './format.js';
import { digest, entryLink, facts, section } from './parts.js';
import { proofPart } from './proof-part.js';

/** @typedef {import('../read-models/claims.ts').ClaimView} ClaimView */

/**
 * @param {import('./views.js').Views} views
 * @param {string} participant empty: nobody was chosen
 * @param {{ run: string, period: string } | undefined} chosen
 */
export function claimSection(views, participant, chosen) {
  if (participant === '' || chosen === undefined) return null;
  const path = pathOf('/view/claim', { participant, ...chosen });
  /** @type {ClaimView | null} */
  const claim = views.get(path);
  const problem = views.problem(path);
  return section(
    'claim',
    'Claim',
    claim && h('a', { href: path, download: `claim-${participant.slice(0, 8)}.json` }, 'Download'),
    problem !== null && h('p', { class: 'empty', role: 'alert' }, problem),
    claim === null &&
      problem === null &&
      h(
        'p',
        { class: 'empty' },
        views.absent(path)
          ? 'No settlement of this period has a payout of this participant yet.'
          : 'Making the proof…',
      ),
    ...(claim === null
      ? []
      : [
          facts([
            ['Participant', digest(claim.participant)],
            ['Settlement', [`${claim.run}/${claim.period} `, entryLink(claim.sequence)]],
            ...Object.entries(claim.leaf)
              .filter(([name]) => name !== 'participant')
              .map(
                ([name, amount]) =>
                  /** @type {const} */ ([
                    name === 'cumulative' ? 'Paid in all, claimed or not' : `Paid, ${name}`,
                    grouped(money(amount)),
                  ]),
              ),
          ]),
          ...proofPart(
            leafText(claim),
            {
              index: claim.index,
              size: claim.participants,
              path: claim.path,
              rootHex: claim.root,
            },
            views.changed,
          ),
        ]),
  );
}

/** Canonical JSON: members by name; their values are plain ASCII. @param {ClaimView} claim */
const leafText = ({ leaf }) =>
  JSON.stringify(Object.fromEntries(Object.entries(leaf).sort(([a], [b]) => (a < b ? -1 : 1))));
