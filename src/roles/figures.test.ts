import { expect, it } from 'vitest';
import { grouped, money, nats } from './figures.ts';

it.each([
  ['0', '0.000000'],
  ['1', '0.000001'],
  ['-1', '-0.000001'],
  ['1500000', '1.500000'],
  ['-1500000', '-1.500000'],
  [25_000_000n, '25.000000'],
])('%s micro-units are %s', (micro, units) => {
  expect(money(micro)).toBe(units);
});

it.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  ['-1234567', '-1,234,567'],
])('%s is read as %s', (value, text) => {
  expect(grouped(value)).toBe(text);
});

it('shows nats with four decimals, and a dash where nothing was measured', () => {
  expect([nats(5_601_049), nats(null)]).toEqual(['5.6010', '-']);
});
