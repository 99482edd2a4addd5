/** The catalogue of codes: whole, and forgiving to those who type. */
import { expect, it } from 'vitest';
import { FAULTS } from '../../commands/ports/fault.ts';
import { REFUSALS } from '../../commands/refusal.ts';
import { EXPORT_REFUSALS } from '../../roles/exports/refusal.ts';
import { errorCatalogue, lookup } from './errors.ts';
import { USAGES } from '../terminal/usage-codes.ts';
import { nearest } from '../terminal/nearest.ts';

it('has every refusal, of commands and exports, and every fault, no code twice, each with advice', () => {
  const codes = errorCatalogue.map(({ code }) => code);
  expect(codes.toSorted()).toEqual(
    [REFUSALS, EXPORT_REFUSALS, FAULTS, USAGES].flatMap((of) => Object.keys(of)).toSorted(),
  );
  expect(new Set(codes).size).toBe(codes.length);
  expect(errorCatalogue.filter(({ advice }) => !/[.;]$|\w\.$/.test(advice))).toEqual([]);
});

it('looks codes up, and guesses what was meant', () => {
  expect(lookup('storage_full')).toMatchObject({ kind: 'fault', retryable: null });
  expect(lookup('overloaded')).toMatchObject({ kind: 'refusal', retryable: true });
  expect(lookup('amount_too_wide')).toMatchObject({ kind: 'export', retryable: false });
  expect(() => lookup('bad_signatrue')).toThrow(/did you mean bad_signature/);
  expect(() => lookup('what')).toThrow(/errors ls/);
});

it('guesses only what is close', () => {
  expect(nearest('promotoin', ['payout', 'promotion'])).toBe('promotion');
  expect(nearest('prdo', ['test', 'prod'])).toBe('prod');
  expect(nearest('xyz', ['payout', 'promotion'])).toBeNull();
  expect(nearest('payout', [])).toBeNull();
});
