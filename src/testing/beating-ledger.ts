/**
 * A ledger in which nothing happens for long: two members whose heartbeats are all that comes. Its
 * recording grows as far as one likes while its books stay small. Food for what must not hold entries.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { originOf, signCheckpoint } from '../events/checkpoint.ts';
import type { FactOf, FactType } from '../events/catalogue.ts';
import { tagged } from '../events/command-tag.ts';
import { CompactRange, leafHash } from '../events/merkle.ts';
import type { SigningKey } from '../events/nkey.ts';
import { signCommand } from '../commands/command.ts';
import { LedgerMachine } from '../commands/ledger-machine.ts';
import { openingOf } from '../commands/opening.ts';
import { adoptionOf } from '../commands/policy-adoption.ts';
import { seedPolicy } from '../commands/seed-policy.ts';
import { keyNamed, LEDGER, NONCE, START_MS } from './desk.ts';

export interface BeatingLedger {
  readonly ndjson: Uint8Array<ArrayBuffer>;
  readonly checkpoint: string;
}

/** @param beats of each of the two: some 1200 bytes */
export function beatingLedger(beats: number): BeatingLedger {
  const [authority, operator] = [keyNamed('authority'), keyNamed('operator')];
  const machine = LedgerMachine.empty(LEDGER);
  const tree = CompactRange.empty();
  const lines: Uint8Array[] = [];
  const say = <T extends FactType>(key: SigningKey, type: T, data: FactOf<T>['data']): void => {
    const fact = { type, data } as unknown as FactOf<T>;
    const id = tagged(`c-${tree.size}`, NONCE, key === operator ? null : tree.size);
    const decided = machine.decide(signCommand(key, LEDGER, id, fact), START_MS + tree.size);
    if (isLeft(decided)) throw new Error(`${type}: ${decided.left.message}`);
    machine.settle(decided.right.lines.length);
    for (const line of decided.right.lines) {
      tree.append(leafHash(line));
      lines.push(line, NEWLINE);
    }
  };

  const opening = openingOf(LEDGER, authority.actor, operator.actor, NONCE);
  const adoption = adoptionOf(seedPolicy);
  say(authority, opening.type, opening.data);
  say(operator, adoption.type, adoption.data);
  const members = [keyNamed('worker-1'), keyNamed('worker-2')];
  for (const [at, { actor: participant }] of members.entries())
    say(operator, 'daybook.participant.admitted.v1', {
      participant,
      role: 'worker',
      name: `worker-${at + 1}`,
    });
  for (const key of members)
    say(key, 'daybook.participant.joined.v1', {
      participant: key.actor,
      session: 1,
      computeClass: 'exact',
      backend: 'test',
      software: 'test',
    });
  for (let beat = 1; beat <= beats; beat += 1)
    for (const key of members)
      say(key, 'daybook.participant.heartbeated.v1', {
        participant: key.actor,
        session: 1,
        beat,
      });
  const origin = originOf(LEDGER);
  const head = { origin, size: tree.size, root: tree.root() };
  return {
    ndjson: new Uint8Array(Buffer.concat(lines)),
    checkpoint: signCheckpoint(authority, origin, head),
  };
}

const NEWLINE = Uint8Array.of(0x0a);
