/** What an authority could write with its own key and an auditor must not let pass: each a finding. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../events/canonical-json.ts';
import type { Fact, FactOf, FactType } from '../../events/catalogue.ts';
import { subjectOf } from '../../events/catalogue.ts';
import { originOf, signCheckpoint } from '../../events/checkpoint.ts';
import { encodeEntry, sourceOf, timeOfMs } from '../../events/entry.ts';
import type { CommandId, EntrySequence } from '../../events/ids.ts';
import { CompactRange, leafHash } from '../../events/merkle.ts';
import { must } from '../../projections/books.ts';
import { signCommand } from '../../commands/command.ts';
import { auditAlone } from '../../testing/audit-alone.ts';
import { wholeStory } from '../../testing/story.ts';
import type { Desk } from '../../testing/desk.ts';
import { LEDGER } from '../../testing/desk.ts';

const { desk } = wholeStory();

/** The desk's ledger with a line more, signed by its authority as if all were well. */
async function transitions(line: Uint8Array) {
  const lines = [...desk.lines, line];
  const tree = CompactRange.empty();
  for (const one of lines) tree.append(leafHash(one));
  const origin = originOf(LEDGER);
  const checkpoint = { origin, size: lines.length, root: tree.root() };
  const report = await auditAlone(
    Buffer.concat(lines.flatMap((one) => [one, Buffer.from('\n')])),
    signCheckpoint(desk.authority, origin, checkpoint),
  );
  const of = (name: string) =>
    must(
      report.checks.find((check) => check.name === name),
      name,
    );
  for (const name of ['entries', 'tree', 'checkpoint signature', 'author signatures'])
    expect(of(name)).toMatchObject({ status: 'ok' });
  return of('transitions');
}

function leading<T extends FactType>(by: Desk['authority'], id: string, fact: FactOf<T>) {
  const command = signCommand(by, LEDGER, id, fact);
  return encodeEntry({
    id: `${id}.0`,
    source: sourceOf(LEDGER),
    type: fact.type,
    subject: subjectOf(fact as Fact),
    time: timeOfMs(desk.nowMs),
    sequence: desk.lines.length as EntrySequence,
    actor: by.actor,
    commandid: id as CommandId,
    sig: command.sig,
    data: fact.data as unknown as JsonObject,
  });
}

const last = desk.lines.length;

describe('the audit finds', () => {
  it('a command that its author gave once and the authority recorded twice', async () => {
    const beat = desk.events.findLast(
      (event) => event.type === 'daybook.participant.heartbeated.v1',
    );
    const { time, sequence, ...rest } = must(beat, 'heartbeat');
    expect(sequence).toBeLessThan(last);
    const again = encodeEntry({
      ...rest,
      time: timeOfMs(desk.nowMs),
      sequence: last as EntrySequence,
    } as never);
    expect(time <= timeOfMs(desk.nowMs)).toBe(true);
    const found = await transitions(again);
    expect(found).toMatchObject({ status: 'failed', sequence: last });
    expect(found.detail).toContain('already');
  });

  it('money that nothing led to', async () => {
    const data = {
      journal: 'gift',
      transfers: [
        {
          id: 'gift',
          unit: 'micro',
          debit: 'issuer',
          credit: `participant/${desk.authority.actor}`,
          amount: '1000000',
          reason: 'gift',
          because: [],
        },
      ],
    } as const;
    const gift = leading(desk.authority, 'gift', { type: 'daybook.journal.posted.v1', data });
    expect(await transitions(gift)).toMatchObject({ status: 'failed', sequence: last });
  });

  it('a tick that was signed for another time', async () => {
    const tick = leading(desk.authority, 'tick', {
      type: 'daybook.clock.ticked.v1',
      data: { nowMs: desk.nowMs + 24 * 3600_000 },
    });
    expect(await transitions(tick)).toMatchObject({ status: 'failed', sequence: last });
  });

  it('a tick with nothing due', async () => {
    const tick = leading(desk.authority, 'tick', {
      type: 'daybook.clock.ticked.v1',
      data: { nowMs: desk.nowMs },
    });
    expect(await transitions(tick)).toMatchObject({ status: 'failed', sequence: last });
  });
});
