/**
 * Where a demo puts its files unless told: the name says the seed, from which every weight follows.
 * Nothing of an earlier demo is touched: one with the same seed takes the next number behind it.
 */

/** @param isTaken whether there is something of that name */
export function demoFolder(seed: number, isTaken: (name: string) => boolean): string {
  for (let n = 1; ; n += 1) {
    const name = `demo-${seed}${n === 1 ? '' : `-${n}`}.daybook`;
    if (!isTaken(name)) return name;
  }
}
