/** The draws of a window and of its audits, told. */
import type { AuditDraw, WindowDraw } from '../draw.ts';
import type { Fact } from './telling.ts';
import { brief, entry, holds, parties } from './telling.ts';

const SEED_DIGITS = 16;

export function windowDrawFacts(draw: WindowDraw | null): Fact[] {
  if (draw === null) return [];
  const seed = holds(draw.seedHolds, 'computed again', 'ANOTHER SEED COMES OUT');
  const order = holds(draw.orderHolds, 'drawn again', 'ANOTHER ORDER COMES OUT');
  return [
    [
      'seed',
      [
        brief(draw.seed, SEED_DIGITS),
        ' from the root after ',
        entry(draw.seedFrom),
        ' (',
        seed,
        ')',
      ],
    ],
    ['drawn', [entry(draw.sequence), ' ', ...parties(draw.contributors), ' (', order, ')']],
    ['standing by', parties(draw.standby)],
    ['revision', [`${draw.revision}, checkpoint `, { digest: draw.checkpoint }]],
  ];
}

export function auditDrawFacts(audit: AuditDraw | null): Fact[] {
  if (audit === null) return [];
  const seed = holds(audit.seedHolds, 'computed again', 'ANOTHER SEED COMES OUT');
  const draw = holds(audit.drawHolds, 'drawn again', 'ANOTHER DRAW COMES OUT');
  const what = audit.drawn
    ? ['panel ', ...parties(audit.panel), '; reserve ', ...parties(audit.reserve)]
    : ['not drawn for recomputation'];
  return [
    [
      'audit seed',
      [
        brief(audit.seed, SEED_DIGITS),
        ' from the root after ',
        entry(audit.seedFrom),
        ' (',
        seed,
        ')',
      ],
    ],
    [
      'audit draw',
      [entry(audit.sequence), ' ', ...what, `, rate ${audit.auditRateBps} bps (`, draw, ')'],
    ],
  ];
}
