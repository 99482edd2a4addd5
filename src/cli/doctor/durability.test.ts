import { expect, it } from 'vitest';
import { durability, type Flushing } from './durability.ts';

const file = { storage: 'file', replicas: 1, isAsync: false };
const always: Flushing = { kind: 'always' };
const lazily: Flushing = { kind: 'interval', seconds: 120 };
const untold: Flushing = { kind: 'untold', why: 'not told to clients' };

it('knows what keeps acknowledged entries over a loss of power, and what does not', () => {
  expect(durability(file, always).status).toBe('ok');
  expect(durability(file, lazily).status).toBe('warn');
  expect(durability({ ...file, replicas: 3 }, lazily).status).toBe('ok');
  expect(durability({ ...file, replicas: 3 }, untold).status).toBe('ok');
});

it('warns where it cannot know, and says how to find out', () => {
  const finding = durability(file, untold);
  expect(finding.status).toBe('warn');
  expect(finding.advice).toContain('--monitor');
});

it('fails what forgets whatever the server does', () => {
  for (const replicas of [1, 3]) {
    const memory = { ...file, replicas, storage: 'memory' };
    expect(durability(memory, always).status).toBe('fail');
    expect(durability({ ...file, replicas, isAsync: true }, always).status).toBe('fail');
  }
});
