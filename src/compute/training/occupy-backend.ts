/**
 * One piece of work at a time owns a backend's memory: it starts from a reset and ends with one, so
 * a process that trains and recomputes for days does not grow. Two at once is a bug.
 */
import type { Backend } from '../backend.ts';
import { invariant } from '../invariant.ts';

const occupied = new WeakSet<Backend>();

export async function occupyBackend<T>(backend: Backend, work: () => Promise<T>): Promise<T> {
  invariant(!occupied.has(backend), 'a backend does one piece of work at a time');
  occupied.add(backend);
  backend.reset();
  try {
    return await work();
  } finally {
    backend.reset();
    occupied.delete(backend);
  }
}
