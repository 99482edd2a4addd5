import { describe, expect, it } from 'vitest';
import { csvOf } from './csv.ts';
import { grouped, money, percent, short } from './page/format.js';
import { ticks } from './page/chart.js';

const columns = [
  { key: 'a', label: 'A', numeric: false, parts: ([text]: readonly string[]) => [text ?? ''] },
  {
    key: 'b',
    label: 'B, bps',
    numeric: true,
    parts: ([, number]: readonly string[]) => [number ?? ''],
  },
];

describe('csv', () => {
  it('quotes what needs it and ends lines with CRLF', () => {
    expect(csvOf(columns, [['say "hi", all', '-3']])).toBe(
      'A,"B, bps"\r\n"say ""hi"", all",-3\r\n',
    );
  });

  it('keeps a name from being run as a formula, and a negative number a number', () => {
    expect(csvOf(columns, [['=HYPERLINK(1)', '-3']])).toBe('A,"B, bps"\r\n\'=HYPERLINK(1),-3\r\n');
    expect(csvOf(columns, [['@sum', '1']])).toContain("'@sum");
  });
});

describe('numbers for people', () => {
  it('prints micro-units with six decimals, exactly', () => {
    expect(money('0')).toBe('0.000000');
    expect(money('1')).toBe('0.000001');
    expect(money('-25000000')).toBe('-25.000000');
    expect(money('12345678901234567890123')).toBe('12345678901234567.890123');
  });

  it('groups digits of the whole part only', () => {
    expect(grouped('1234567.123456')).toBe('1,234,567.123456');
    expect(grouped('-1000')).toBe('-1,000');
    expect(grouped('999')).toBe('999');
    expect(grouped('not a 12345')).toBe('not a 12345');
  });

  it('signs gains and shortens digests', () => {
    expect(percent(2818)).toBe('+28.18%');
    expect(percent(-25)).toBe('-0.25%');
    expect(short(`sha256:${'ab'.repeat(32)}`)).toBe('ababababab…');
    expect(short('short')).toBe('short');
  });

  it('puts ticks on round numbers inside the range', () => {
    expect(ticks(4.4, 6.3).map(({ text }) => text)).toEqual(['4.5', '5.0', '5.5', '6.0']);
    expect(ticks(0, 0.012).map(({ text }) => text)).toEqual(['0.000', '0.005', '0.010']);
    for (const { value } of ticks(123.4, 129.9)) {
      expect(value).toBeGreaterThanOrEqual(123.4);
      expect(value).toBeLessThanOrEqual(129.9);
    }
  });
});
