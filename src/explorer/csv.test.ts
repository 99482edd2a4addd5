import { describe, expect, it } from 'vitest';
import { csvOf } from './csv.ts';
import { grouped, money, percent, short } from './page/format.js';
import type { Scale } from './page/scale.js';
import { linear, logarithmic, smoothed, temporal } from './page/scale.js';

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

  it('puts marks on round numbers inside the range', () => {
    const texts = ({ marks, digits }: Scale) => marks.map((mark) => mark.toFixed(digits));
    expect(texts(linear(4.4, 6.3))).toEqual(['4.5', '5.0', '5.5', '6.0']);
    expect(texts(linear(0, 0.012))).toEqual(['0.000', '0.005', '0.010']);
    for (const scale of [linear(123.4, 129.9), logarithmic(123.4, 129.9)])
      for (const mark of scale.marks) {
        expect(scale.at(mark)).toBeGreaterThanOrEqual(0);
        expect(scale.at(mark)).toBeLessThanOrEqual(1);
      }
    const [first = 0, second = 0] = temporal(0, 3_600_000, 4).marks;
    expect(second - first).toBe(900_000);
  });

  it('smooths without a bias toward the start', () => {
    expect(smoothed([3, 3, 3], 0.9).map((value) => value.toFixed(6))).toEqual(
      Array(3).fill('3.000000'),
    );
    expect(smoothed([1, 2, 3], 0)).toEqual([1, 2, 3]);
    const [, second = 0] = smoothed([0, 1], 0.5);
    expect(second).toBeCloseTo(2 / 3);
  });
});
