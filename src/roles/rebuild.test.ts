/** A ledger folded from its lines is the one that was decided; a line that is not its own is named. */
import { describe, expect, it } from 'vitest';
import { Fault } from '../commands/ports/fault.ts';
import { ndjsonOf } from '../testing/signed-story.ts';
import { wholeStory } from '../testing/story.ts';
import { Rebuild } from './rebuild.ts';

const { desk } = wholeStory();

function folded(lines: readonly Uint8Array[]): Rebuild {
  const rebuilt = new Rebuild();
  for (const line of lines) rebuilt.add(line);
  return rebuilt;
}

function faultOf(lines: readonly Uint8Array[]): Fault {
  try {
    folded(lines);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('it folded');
}

describe('a rebuild', () => {
  it('gives the books, the root and the marked roots of the machine that decided', () => {
    const rebuilt = folded(desk.lines);
    expect(rebuilt.books).toEqual(desk.books);
    expect(rebuilt.root).toBe(Buffer.from(desk.state.tree.root()).toString('base64'));
    expect([...rebuilt.roots]).toEqual([...desk.state.roots]);
    expect(() => rebuilt.checkRoot(rebuilt.root)).not.toThrow();
    expect(() => rebuilt.checkRoot('another')).toThrow(/root that the log states/);
  });

  it('gives the same from all lines at once, and stops where line by line stops', () => {
    const [at, whole] = [new Rebuild(), folded(desk.lines)];
    at.addLines(ndjsonOf(desk.lines.slice(0, 100)));
    at.addLines(ndjsonOf(desk.lines.slice(100)));
    expect(at.books).toEqual(whole.books);
    expect(at.root).toBe(whole.root);
    expect([...at.roots]).toEqual([...whole.roots]);
    const cut = new Rebuild();
    const wrong = [...desk.lines.slice(0, 40), Buffer.from('{}'), ...desk.lines.slice(40)];
    expect(() => cut.addLines(ndjsonOf(wrong))).toThrow(/^Entry 40:/);
    expect(cut.size).toBe(40);
  });

  const at = 40;
  const { lines } = desk;
  const line = lines[at] as Uint8Array;
  const altered: Record<string, readonly Uint8Array[]> = {
    missing: [...lines.slice(0, at), ...lines.slice(at + 1)],
    doubled: [...lines.slice(0, at), lines[at - 1] as Uint8Array, ...lines.slice(at)],
    'no JSON any more': [...lines.slice(0, at), line.subarray(0, -1), ...lines.slice(at + 1)],
    'of another ledger': [
      ...lines.slice(0, at),
      Buffer.from(Buffer.from(line).toString().replace('/ledgers/desk', '/ledgers/else')),
      ...lines.slice(at + 1),
    ],
  };
  it.each(Object.entries(altered))('names an entry that is %s', (_, wrong) => {
    const fault = faultOf(wrong);
    expect(fault.code).toBe('log_corrupt');
    expect(fault.message).toContain(`Entry ${at}:`);
  });

  it('refuses a well-formed entry that contradicts the books', () => {
    const index = desk.events.findIndex(({ type }) => type === 'daybook.verdict.recorded.v1');
    const event = desk.events[index];
    const stranger = Buffer.from(desk.lines[index] as Uint8Array)
      .toString()
      .replaceAll(/"assignment":"[^"]+"/g, '"assignment":"r/77/0/0"')
      .replace(event?.subject ?? '', 'assignment/r/77/0/0');
    const wrong = [...desk.lines.slice(0, index), Buffer.from(stranger)];
    expect(faultOf(wrong).message).toContain(`Entry ${index}: invariant`);
  });
});
