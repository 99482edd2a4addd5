/**
 * What is asked in a dispute and what a party answers: plain JSON, the form in which a ledger can carry
 * it. Parsers take anything and throw DisputeError for all but these forms. Steps count those of the
 * window that are done; positions and indexes are those of a trace (trace-entry.ts); digests are hex.
 */
import { DisputeError } from './dispute-error.ts';
import { digestOf, kindOf, listOf, membersOf, oneOf, textOf, wholeOf } from './json-checks.ts';
import { PHASES } from './trace-entry.ts';
import type { Digests, TraceEntry } from './trace-entry.ts';

export type Question =
  | { readonly kind: 'state_root'; readonly step: number }
  | { readonly kind: 'trace_root'; readonly step: number; readonly position: number }
  | { readonly kind: 'entry'; readonly step: number; readonly index: number }
  | {
      readonly kind: 'read';
      readonly step: number;
      readonly index: number;
      readonly role: string;
    };

/** State root after `step` steps. */
export interface StateRootClaim {
  readonly kind: 'state_root';
  readonly step: number;
  readonly root: string;
}

/** t(position) of the step that begins with state root `step`. */
export interface TraceRootClaim {
  readonly kind: 'trace_root';
  readonly step: number;
  readonly position: number;
  readonly root: string;
}

/** Entry `index`, with the peaks of all leaves before it: t(index) and t(index + 1) follow. */
export interface EntryOpening {
  readonly kind: 'entry';
  readonly step: number;
  readonly index: number;
  readonly entry: TraceEntry;
  readonly peaks: readonly string[];
}

/** That entry `index` read at `role` what was there. */
export interface ReadProof {
  readonly kind: 'read';
  readonly step: number;
  readonly index: number;
  readonly role: string;
  readonly proof: SourceProof;
}

export type SourceProof =
  /** From the digest that was read to the state root that the step began with. */
  | { readonly kind: 'state'; readonly path: readonly string[] }
  /** The entry that wrote it, and from there to t(index). */
  | { readonly kind: 'entry'; readonly entry: TraceEntry; readonly path: readonly string[] };

export type Answer = StateRootClaim | TraceRootClaim | EntryOpening | ReadProof;

const STEP_MAX = 1e9;
const POSITION_MAX = 1e6;
const PLACES_MAX = 16_384;
const TEXT_LENGTH_MAX = 256;
/** Of a tree of 2^32 leaves. */
const PATH_MAX = 32;

const KINDS = ['state_root', 'trace_root', 'entry', 'read'] as const;

export function parseQuestion(value: unknown): Question {
  const kind = oneOf(kindOf(value), 'question.kind', KINDS);
  switch (kind) {
    case 'state_root':
      return { kind, step: stepOf(membersOf(value, 'question', ['kind', 'step'])) };
    case 'trace_root': {
      const members = membersOf(value, 'question', ['kind', 'step', 'position']);
      const position = wholeOf(members.position, 'position', POSITION_MAX);
      return { kind, step: stepOf(members), position };
    }
    case 'entry': {
      const members = membersOf(value, 'question', ['kind', 'step', 'index']);
      return { kind, step: stepOf(members), index: indexOf(members) };
    }
    case 'read': {
      const members = membersOf(value, 'question', ['kind', 'step', 'index', 'role']);
      return { kind, step: stepOf(members), index: indexOf(members), role: roleOf(members.role) };
    }
  }
}

export function parseAnswer(value: unknown): Answer {
  const kind = oneOf(kindOf(value), 'answer.kind', KINDS);
  switch (kind) {
    case 'state_root': {
      const members = membersOf(value, 'answer', ['kind', 'step', 'root']);
      return { kind, step: stepOf(members), root: digestOf(members.root, 'root') };
    }
    case 'trace_root': {
      const members = membersOf(value, 'answer', ['kind', 'step', 'position', 'root']);
      const position = wholeOf(members.position, 'position', POSITION_MAX);
      return { kind, step: stepOf(members), position, root: digestOf(members.root, 'root') };
    }
    case 'entry': {
      const members = membersOf(value, 'answer', ['kind', 'step', 'index', 'entry', 'peaks']);
      return {
        kind,
        step: stepOf(members),
        index: indexOf(members),
        entry: parseTraceEntry(members.entry),
        peaks: parsePath(members.peaks, 'peaks'),
      };
    }
    case 'read': {
      const members = membersOf(value, 'answer', ['kind', 'step', 'index', 'role', 'proof']);
      return {
        kind,
        step: stepOf(members),
        index: indexOf(members),
        role: roleOf(members.role),
        proof: parseSourceProof(members.proof),
      };
    }
  }
}

/** The answer to this question. Throws as parseAnswer, and `other_question`. */
export function parseAnswerTo(question: Question, value: unknown): Answer {
  const answer = parseAnswer(value);
  const others = Object.entries(question).filter(
    ([name, asked]) => (answer as unknown as Record<string, unknown>)[name] !== asked,
  );
  if (others.length > 0)
    throw new DisputeError('other_question', `the answer has another ${others[0]![0]}`);
  return answer;
}

export function parseTraceEntry(value: unknown): TraceEntry {
  const members = membersOf(value, 'entry', ['operation', 'phase', 'reads', 'writes']);
  return {
    operation: textOf(members.operation, 'operation', TEXT_LENGTH_MAX),
    phase: oneOf(members.phase, 'phase', PHASES),
    reads: parseDigests(members.reads, 'reads'),
    writes: parseDigests(members.writes, 'writes'),
  };
}

function parseDigests(value: unknown, what: string): Digests {
  return listOf(value, what, PLACES_MAX).map((item) => {
    const pair = listOf(item, `an item of ${what}`, 2);
    if (pair.length !== 2)
      throw new DisputeError('shape_invalid', `an item of ${what} is no role and digest`);
    return [roleOf(pair[0]), digestOf(pair[1], `a digest of ${what}`)];
  });
}

function parseSourceProof(value: unknown): SourceProof {
  const kind = oneOf(kindOf(value), 'proof.kind', ['state', 'entry']);
  if (kind === 'state') {
    const members = membersOf(value, 'proof', ['kind', 'path']);
    return { kind, path: parsePath(members.path, 'path') };
  }
  const members = membersOf(value, 'proof', ['kind', 'entry', 'path']);
  return { kind, entry: parseTraceEntry(members.entry), path: parsePath(members.path, 'path') };
}

/** Digests of a path or of peaks. */
export function parsePath(value: unknown, what: string): string[] {
  return listOf(value, what, PATH_MAX).map((item) => digestOf(item, `a digest of ${what}`));
}

const stepOf = ({ step }: { readonly step: unknown }): number => wholeOf(step, 'step', STEP_MAX);
const indexOf = ({ index }: { readonly index: unknown }): number =>
  wholeOf(index, 'index', POSITION_MAX);
const roleOf = (value: unknown): string => textOf(value, 'a role', TEXT_LENGTH_MAX);
