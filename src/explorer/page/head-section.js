// @ts-check
/** Where the ledger ends: its sequence and the tree root over everything up to it. */
import { h } from './dom.js';
import { dateTime, grouped } from './format.js';
import { digest, facts, section } from './parts.js';

/** @typedef {import('./live.js').Live} Live */

/** @param {Live} live */
export function headSection(live) {
  const { head } = live;
  if (head === undefined) return null;
  return section(
    'head',
    'Ledger head',
    null,
    facts([
      ['Ledger', head.ledger],
      [
        'Sequence',
        h(
          'span',
          { id: 'head-sequence' },
          head.size === 0 ? 'none' : grouped(String(head.size - 1)),
        ),
      ],
      [
        'Tree root',
        [
          digest(head.rootBase64, head.rootBase64),
          h(
            'small',
            { id: 'head-root', 'data-root': head.rootBase64 },
            `hex ${head.rootHex.slice(0, 16)}…`,
          ),
        ],
      ],
      ['Ledger time', head.clockMs === 0 ? 'none' : `${dateTime(head.clockMs)} UTC`],
      ['Authority', head.authority === null ? 'none' : digest(head.authority)],
    ]),
    h(
      'p',
      { class: 'note' },
      'Root recomputed here over every entry and compared with every commit.',
    ),
  );
}
