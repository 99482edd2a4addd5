/** Amounts as people read them. */

/** Whole numbers with their thousands apart. */
export const grouped = (value: string | bigint | number): string =>
  value.toString().replace(/\B(?=(\d{3})+$)/g, ',');

/** Micro-units as units with six decimals. */
export function money(micro: string | bigint): string {
  const [, sign = '', digits = ''] = /^(-?)(.*)$/.exec(micro.toString()) ?? [];
  const text = digits.padStart(7, '0');
  return `${sign}${text.slice(0, -6)}.${text.slice(-6)}`;
}

/** Micro-nats as nats with four decimals. */
export const nats = (microNats: number | null): string =>
  microNats === null ? '-' : (microNats / 1e6).toFixed(4);
