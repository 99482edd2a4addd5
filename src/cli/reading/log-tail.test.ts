/** Patterns of entry types, as people type them. */
import { describe, expect, it } from 'vitest';
import { globOf } from './log-tail.ts';

describe('a pattern of types', () => {
  it.each([
    ['verdict.*', 'daybook.verdict.recorded.v1', true],
    ['*.sealed', 'daybook.window.sealed.v1', true],
    ['*.sealed.*', 'daybook.window.sealed.v1', true],
    ['daybook.window.sealed.v1', 'daybook.window.sealed.v1', true],
    ['window.sealed', 'daybook.window.sealed.v1', true],
    ['*', 'daybook.window.sealed.v1', true],
    ['window', 'daybook.window.sealed.v1', false],
    ['windowXsealed', 'daybook.window.sealed.v1', false],
    ['sealed.*', 'daybook.window.sealed.v1', false],
  ])('%s, %s: %s', (pattern, type, matches) => {
    const lower = pattern.toLowerCase();
    expect(globOf(lower).test(type)).toBe(matches);
  });

  it('is refused when it could be anything else', () => {
    expect(() => globOf('(a+)+$')).toThrow(/no pattern/);
    expect(() => globOf('')).toThrow(/no pattern/);
  });
});
