/** Beginnings that many tests share. A process plays each but once: who asks for one gets a fork of it. */
import type { Cast } from './cast.ts';

const played = new Map<string, Cast>();

/** @param terms JSON, all that `play` goes by */
export function begun(name: string, terms: readonly unknown[], play: () => Cast): Cast {
  const key = JSON.stringify([name, ...terms]);
  const known = played.get(key) ?? play();
  played.set(key, known);
  return known.fork();
}
