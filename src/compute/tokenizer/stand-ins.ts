/**
 * GPT-2's printable stand-ins for bytes, in which vocabularies are written as text: 33..126,
 * 161..172 and 174..255 stand for themselves, the others for U+0100 onwards in ascending order.
 */

/** By byte. */
export const STAND_INS: readonly string[] = standIns();

function standIns(): readonly string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const shown = (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
    return String.fromCodePoint(shown ? byte : next++);
  });
}

export function printable(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => STAND_INS[byte]!).join('');
}
