// @ts-check
/**
 * Numbers, times and digests as people read them. Pure; used by the page and by the CSV exports, so
 * that both say the same.
 */

/**
 * Micro-units as units with six decimals.
 * @param {string} micro signed decimal
 */
export function money(micro) {
  const negative = micro.startsWith('-');
  const digits = (negative ? micro.slice(1) : micro).padStart(7, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/**
 * Micro-nats as nats with four decimals.
 * @param {number | null} microNats
 */
export const nats = (microNats) => (microNats === null ? '' : (microNats / 1e6).toFixed(4));

/**
 * Basis points with their sign, as percent.
 * @param {number | null} bps
 */
export const percent = (bps) =>
  bps === null ? '' : `${bps > 0 ? '+' : ''}${(bps / 100).toFixed(2)}%`;

/**
 * Digits in groups of three, for the eye.
 * @param {string} text a number
 */
export const grouped = (text) =>
  text.replace(
    /^(-?)(\d{4,})(?=\.|$)/,
    (_, sign, digits) => sign + digits.replace(/\B(?=(\d{3})+$)/g, ','),
  );

/** @param {number} ms */
export const time = (ms) => (ms === 0 ? '' : new Date(ms).toISOString().slice(11, 19));

/** @param {number} ms */
export const dateTime = (ms) =>
  ms === 0 ? '' : new Date(ms).toISOString().replace('T', ' ').slice(0, 19);

/**
 * `sha256:` digests, hex and keys, short enough for a table.
 * @param {string} text
 */
export function short(text) {
  const bare = text.startsWith('sha256:') ? text.slice(7) : text;
  return bare.length <= 14 ? bare : `${bare.slice(0, 10)}…`;
}

/**
 * `daybook.window.sealed.v1` -> `window sealed`
 * @param {string} type
 */
export const typeName = (type) =>
  type
    .replace(/^daybook\./, '')
    .replace(/\.v\d+$/, '')
    .replace('.', ' ')
    .replaceAll('_', ' ');
