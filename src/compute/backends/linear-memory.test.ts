import { expect, it } from 'vitest';
import { LinearMemory } from './linear-memory.ts';

const PAGE_FLOATS = 16_384;

it('hands out aligned arrays that are zero again after a reset', () => {
  const memory = new LinearMemory(100);
  const first = memory.alloc(3).fill(5);
  expect(first.byteOffset % 64).toBe(0);
  expect(first.byteOffset).toBeGreaterThanOrEqual(100);
  memory.view(memory.working(64), 16).fill(6);
  memory.releaseWorking();
  memory.reset();
  const again = memory.alloc(64);
  expect(again.byteOffset).toBe(first.byteOffset);
  expect([...again]).toEqual(Array.from({ length: 64 }, () => 0));
});

it('keeps old arrays alive and known when it grows', () => {
  const memory = new LinearMemory(64);
  const early = memory.alloc(4).fill(2);
  const late = memory.alloc(2000 * PAGE_FLOATS);
  expect(early.buffer).not.toBe(late.buffer);
  expect([...early]).toEqual([2, 2, 2, 2]);
  expect(memory.addressOf(early)).toBe(early.byteOffset);
  expect(memory.addressOf(early.subarray(1))).toBe(early.byteOffset + 4);
  expect(memory.addressOf(late)).toBe(late.byteOffset);
  expect(memory.addressOf(new Float32Array(4))).toBeUndefined();
});

it('says so when it is full, and goes on with what it had', () => {
  const memory = new LinearMemory(64, 4);
  expect(() => memory.alloc(4 * PAGE_FLOATS)).toThrow(
    expect.objectContaining({ code: 'backend_memory_exhausted' }),
  );
  expect(memory.alloc(3 * PAGE_FLOATS)).toHaveLength(3 * PAGE_FLOATS);
  expect(() => memory.working(PAGE_FLOATS * 4)).toThrow(/256 MiB|reset\(\)/);
});

it('treats the use of an array after reset as a bug', () => {
  const memory = new LinearMemory(64);
  const floats = memory.alloc(4);
  memory.reset();
  expect(() => memory.addressOf(floats)).toThrow(/after reset/);
});
