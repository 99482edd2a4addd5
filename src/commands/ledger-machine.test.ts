/**
 * The law of the two engines: what `handle` decides on immutable states, the machine in place
 * decides too - the same lines, the same refusals, the same books in the same order - however
 * decisions are settled, forgotten and made again.
 */
import * as fc from 'fast-check';
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../events/catalogue.ts';
import { LEDGER } from '../testing/desk.ts';
import { wholeStory } from '../testing/story.ts';
import type { Command } from './command.ts';
import { LedgerMachine } from './ledger-machine.ts';
import type { MachineState } from './machine.ts';
import { handle, initialState } from './machine.ts';

const { desk } = wholeStory();
const led = desk.events.filter((event) => event.causationid === undefined);

function commandOf(event: LedgerEvent): Command {
  const { commandid: id, actor, sig = '', type, data } = event;
  return { id, ledger: LEDGER, actor, sig, fact: { type, data } } as Command;
}

/** Everything in it, in its order: rules walk books in the order of their names. */
const textOf = ({ books, tree, roots }: MachineState): string =>
  JSON.stringify([
    books,
    tree.serialise(),
    [...roots].map(([at, root]) => [at, Buffer.from(root).toString('hex')]),
  ]);

type Decision = ReturnType<LedgerMachine['decide']>;
const saidBy = (decided: Decision): unknown =>
  isLeft(decided)
    ? decided.left
    : {
        bytes: decided.right.bytes,
        lines: decided.right.lines.map((line) => Buffer.from(line).toString()),
      };

type Act = 'settle' | 'forget' | 'forget all' | 'stray' | 'nothing';
const acts = fc.array(
  fc.record({
    act: fc.constantFrom<Act>('settle', 'forget', 'forget all', 'stray', 'nothing', 'nothing'),
    which: fc.nat(led.length - 1),
  }),
  { minLength: 1, maxLength: 30 },
);

/** The story decided on values and in place, with something done after every so many commands. */
class Both {
  readonly machine = LedgerMachine.empty(LEDGER);
  /** Values: after nothing, and after every command so far. */
  readonly states: MachineState[] = [initialState(LEDGER)];
  readonly counts: number[] = [];
  settled = 0;

  get state(): MachineState {
    return this.states.at(-1) as MachineState;
  }

  decide(event: LedgerEvent): void {
    const outcome = handle(this.state, commandOf(event), Date.parse(event.time));
    const decided = this.machine.decide(commandOf(event), Date.parse(event.time));
    expect(saidBy(decided)).toEqual(saidBy(outcome));
    if (isLeft(outcome)) return;
    this.states.push(outcome.right.state);
    this.counts.push(outcome.right.lines.length);
  }

  /** A command out of its place: refused or not, and then taken back. */
  stray(event: LedgerEvent): void {
    if (event.type === 'daybook.ledger.opened.v1') return;
    const id = `stray-${event.commandid}`;
    const before = textOf(this.machine.ahead);
    const command = { ...commandOf(event), id } as Command;
    const outcome = handle(this.state, command, Date.parse(event.time));
    const decided = this.machine.decide(command, Date.parse(event.time));
    expect(saidBy(decided)).toEqual(saidBy(outcome));
    if (!isLeft(decided)) this.machine.forget(decided.right.lines.length);
    expect(textOf(this.machine.ahead)).toBe(before);
  }

  settle(): void {
    const between = this.counts.slice(this.settled);
    this.settled = this.counts.length;
    this.machine.settle(between.reduce((sum, count) => sum + count, 0));
  }

  /** The newest commands, to be decided again. */
  forget(commands: number): number {
    const forgotten = Math.min(commands, this.counts.length - this.settled);
    const from = this.counts.length - forgotten;
    this.machine.forget(this.counts.splice(from).reduce((sum, count) => sum + count, 0));
    this.states.length = from + 1;
    return forgotten;
  }
}

function play(both: Both, plan: readonly { act: Act; which: number }[]): void {
  const stride = Math.ceil(led.length / plan.length);
  for (let next = 0, turn = 0; next < led.length; next += 1) {
    both.decide(led[next] as LedgerEvent);
    const now = next % stride === stride - 1 ? plan[turn] : undefined;
    if (now === undefined) continue;
    turn += 1;
    if (now.act === 'settle') both.settle();
    if (now.act === 'forget') next -= both.forget(1 + (now.which % 3));
    if (now.act === 'forget all') next -= both.forget(led.length);
    if (now.act === 'stray') both.stray(led[now.which] as LedgerEvent);
    const settled = both.states[both.settled] as MachineState;
    expect(textOf(both.machine.settled)).toBe(textOf(settled));
  }
}

describe('the machine in place', () => {
  it('decides as the one of values does, whatever is settled, forgotten and decided again', () => {
    fc.assert(
      fc.property(acts, (plan) => {
        const both = new Both();
        play(both, plan);
        expect(textOf(both.machine.ahead)).toBe(textOf(both.state));
        both.settle();
        expect(textOf(both.machine.settled)).toBe(textOf(desk.state));
      }),
      { numRuns: 6 },
    );
  }, 30_000);

  it('starts from a state without ever writing to it', () => {
    const given = desk.state;
    const text = textOf(given);
    const machine = new LedgerMachine(given);
    machine.decide(commandOf(led[0] as LedgerEvent), desk.nowMs);
    const later = { nowMs: desk.nowMs + 3_600_000 };
    const tick = {
      ...commandOf(led[0] as LedgerEvent),
      id: desk.idOf('late', 'daybook.clock.ticked.v1'),
    };
    const command = { ...tick, fact: { type: 'daybook.clock.ticked.v1', data: later } } as Command;
    const decided = machine.decide(command, later.nowMs);
    expect(isLeft(decided) ? 0 : decided.right.lines.length).toBeGreaterThan(1);
    expect(textOf(machine.settled)).toBe(text);
    expect(textOf(given)).toBe(text);
  });

  it('cannot settle or forget what was not decided', () => {
    const machine = LedgerMachine.empty(LEDGER);
    expect(() => machine.settle(1)).toThrow('decided');
    expect(() => machine.forget(1)).toThrow('decided');
  });
});
