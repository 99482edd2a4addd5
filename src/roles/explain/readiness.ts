/** How far participants are let in, and what each still lacks: every gate with what it needs and has. */
import type { Either } from 'fp-ts/lib/Either.js';
import { left, right } from 'fp-ts/lib/Either.js';
import { FIRST_RATING } from '../../commands/rating.ts';
import type { Gate } from '../../commands/rules/windows/admission.ts';
import { gatesOf, holds } from '../../commands/rules/windows/admission.ts';
import type { Books, Member, Policy } from '../../projections/books.ts';
import type { Stage } from '../../projections/standing-book.ts';
import { must } from '../../projections/books.ts';
import { stageOf } from '../../projections/standing.ts';
import type { Party } from './party.ts';
import { findParty, partyOf } from './party.ts';

export interface GateState extends Gate {
  readonly holds: boolean;
}

export interface Readiness extends Party {
  readonly role: Member['role'];
  readonly status: Member['status'];
  readonly stage: Stage;
  /** It gets all the work and all the pay that its rating and stake give. */
  readonly ready: boolean;
  /** Windows that a canary has left to get on; null for others. */
  readonly canaryWindowsLeft: number | null;
  /** Of the next stage; none for who is full. */
  readonly gates: readonly GateState[];
  /** Millionths of a point; what everybody begins with until a window said something. */
  readonly muMicro: number;
  readonly sigmaMicro: number;
}

/** Of those named (by name, key or the beginning of one), or of everybody; or what is wrong. */
export function readinessOf(books: Books, asked: readonly string[]): Either<string, Readiness[]> {
  const { policy } = books;
  const terms = policy?.admission;
  if (policy === null || terms === undefined)
    return left('the policy in force has no stages: whoever is admitted is let in fully');
  const parties: Party[] = [];
  for (const who of asked) {
    const party = findParty(books, who);
    if (party._tag === 'Left') return party;
    parties.push(party.right);
  }
  const all = asked.length > 0 ? parties : membersOf(books);
  return right(all.map((party) => readiness(books, party, terms, policy)));
}

const membersOf = (books: Books): Party[] =>
  Object.values(books.members).map(({ participant }) => partyOf(books, participant));

function readiness(
  books: Books,
  party: Party,
  terms: NonNullable<Policy['admission']>,
  policy: Policy,
): Readiness {
  const member = must(books.members[party.participant], 'member');
  const { stage, windows } = stageOf(member);
  return {
    ...party,
    role: member.role,
    status: member.status,
    stage,
    ready: stage === 'full',
    canaryWindowsLeft: stage === 'canary' ? Math.max(0, terms.canaryWindows - windows) : null,
    gates: gatesOf(books, member, terms, policy).map((gate) => ({ ...gate, holds: holds(gate) })),
    ...(member.rating ?? FIRST_RATING),
  };
}
