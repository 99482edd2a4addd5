import { describe, expect, it } from 'vitest';
import { Tail } from './tail.ts';

const lineOf = (sequence: number): Uint8Array => Buffer.from(`entry ${sequence}`);
const commitOf = (first: number, count: number) => ({
  first,
  lines: Array.from({ length: count }, (_, index) => lineOf(first + index)),
});
const said = (lines: readonly Uint8Array[]): string[] =>
  lines.map((line) => Buffer.from(line).toString());

describe('tail of the log', () => {
  it('has nothing before the first commit', () => {
    expect(new Tail().first).toBe(Infinity);
  });

  it('gives any part of what it kept, across commits', () => {
    const tail = new Tail();
    for (let first = 40; first < 100; first += 3) tail.push(commitOf(first, 3));
    expect(tail.first).toBe(40);
    expect(said(tail.between(44, 50))).toEqual(
      [44, 45, 46, 47, 48, 49].map((sequence) => `entry ${sequence}`),
    );
    expect(said(tail.between(99, 100))).toEqual(['entry 99']);
  });

  it('lets the oldest go by whole commits, and stays bounded', () => {
    const tail = new Tail();
    for (let first = 0; first < 10_000; first += 7) tail.push(commitOf(first, 7));
    expect(tail.first % 7).toBe(0);
    const [oldest, all] = [tail.first, said(tail.between(tail.first, 20_000))];
    expect(all.length).toBeLessThan(600);
    expect(all.length).toBeGreaterThanOrEqual(512);
    expect(all[0]).toBe(`entry ${oldest}`);
  });

  it('keeps a commit that is larger than all it wants', () => {
    const tail = new Tail();
    tail.push(commitOf(0, 1000));
    tail.push(commitOf(1000, 2));
    expect(tail.first).toBe(0);
  });
});
