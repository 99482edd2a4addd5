/** The draws of a window and of its audits, told. */
import type { AuditDraw, WindowDraw } from '../draw.ts';
import type { Fact, Line } from './telling.ts';
import { brief, entry, holds, parties } from './telling.ts';

const SEED_DIGITS = 16;

interface Seeded {
  readonly seed: string;
  readonly seedFrom: number | null;
  readonly seedHolds: boolean | null;
}

const seedLine = ({ seed, seedFrom, seedHolds }: Seeded): Line => [
  brief(seed, SEED_DIGITS),
  ' from the root after ',
  entry(seedFrom),
  ' (',
  holds(seedHolds, 'computed again', 'ANOTHER SEED COMES OUT'),
  ')',
];

export function windowDrawFacts(draw: WindowDraw | null): Fact[] {
  if (draw === null) return [];
  const order = holds(draw.orderHolds, 'drawn again', 'ANOTHER ORDER COMES OUT');
  return [
    ['seed', seedLine(draw)],
    ['drawn', [entry(draw.sequence), ' ', ...parties(draw.contributors), ' (', order, ')']],
    ['standing by', parties(draw.standby)],
    ['revision', [`${draw.revision}, checkpoint `, { digest: draw.checkpoint }]],
  ];
}

export function auditDrawFacts(audit: AuditDraw | null): Fact[] {
  if (audit === null) return [];
  const draw = holds(audit.drawHolds, 'drawn again', 'ANOTHER DRAW COMES OUT');
  const what = audit.drawn
    ? ['panel ', ...parties(audit.panel), '; reserve ', ...parties(audit.reserve)]
    : ['not drawn for recomputation'];
  return [
    ['audit seed', seedLine(audit)],
    [
      'audit draw',
      [entry(audit.sequence), ' ', ...what, `, rate ${audit.auditRateBps} bps (`, draw, ')'],
    ],
  ];
}
