/** Money as people read it: the ledger counts micro-units, a person thinks in units. */

/** Micro-units, none below zero, as units with six decimals. */
export function money(micro: string | bigint): string {
  const text = micro.toString().padStart(7, '0');
  return `${text.slice(0, -6)}.${text.slice(-6)}`;
}
