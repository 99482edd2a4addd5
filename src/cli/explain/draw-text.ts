/** The draws of a window and of its audits, for people. */
import type { AuditDraw, WindowDraw } from '../../roles/explain/draw.ts';
import { holds, mark, names } from './entry-mark.ts';

export function windowDrawRows(draw: WindowDraw | null): [string, string][] {
  if (draw === null) return [];
  const seed = holds(draw.seedHolds, 'computed again', 'ANOTHER SEED COMES OUT');
  const order = holds(draw.orderHolds, 'drawn again', 'ANOTHER ORDER COMES OUT');
  return [
    ['seed', `${draw.seed.slice(0, 16)} from the root after ${mark(draw.seedFrom)} (${seed})`],
    ['drawn', `${mark(draw.sequence)} ${names(draw.contributors)} (${order})`],
    ['standing by', names(draw.standby)],
    ['revision', `${draw.revision}, checkpoint ${draw.checkpoint}`],
  ];
}

export function auditDrawRows(audit: AuditDraw | null): [string, string][] {
  if (audit === null) return [];
  const seed = holds(audit.seedHolds, 'computed again', 'ANOTHER SEED COMES OUT');
  const draw = holds(audit.drawHolds, 'drawn again', 'ANOTHER DRAW COMES OUT');
  const what = audit.drawn
    ? `panel ${names(audit.panel)}; reserve ${names(audit.reserve)}`
    : 'not drawn for recomputation';
  return [
    [
      'audit seed',
      `${audit.seed.slice(0, 16)} from the root after ${mark(audit.seedFrom)} (${seed})`,
    ],
    ['audit draw', `${mark(audit.sequence)} ${what}, rate ${audit.auditRateBps} bps (${draw})`],
  ];
}
