/** What must never leave, in the places where it stands, and what may. */
import { assert, integer, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { generateKey } from '../../events/nkey.ts';
import { redacted, redactedValue } from './redaction.ts';

const seedOf = (fill: number): string => generateKey(new Uint8Array(32).fill(fill)).seed();
const SECRET = 'hunter2-Tr0ub4dor';

it.each([
  `nats://alice:${SECRET}@n1:4222,n2:4222?replicas=3`,
  `nats://${SECRET}@n1:4222`,
  `nats://n1:4222?desk-login=desk:${SECRET}&replicas=3`,
  `{"user":"alice","password":"${SECRET}"}`,
  `{"auth_token": "${SECRET}"}`,
  `{"password":"a\\"${SECRET}"}`,
  `  { user: alice, password: ${SECRET} }`,
  `  {user: alice, pass: "${SECRET}"}`,
  `authorization { user alice\n password "${SECRET}" }`,
  `token: '${SECRET}'`,
  `Authorization: Bearer ${SECRET}`,
  `daybook worker --password ${SECRET} --log x`,
  `DAYBOOK_PASSWORD=${SECRET}`,
  `api_key=${SECRET}`,
  `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----`,
  `-----BEGIN NATS USER JWT-----\n${SECRET}\n------END NATS USER JWT------`,
  `-----BEGIN USER NKEY SEED-----\n${SECRET}`,
  `eyJhbGciOiJIUzI1NiJ9.${SECRET}.${SECRET}`,
])('keeps back: %s', (text) => {
  expect(redacted(text)).not.toContain(SECRET);
});

it('keeps back every seed, wherever it stands', () => {
  assert(
    property(string(), string(), integer({ min: 0, max: 255 }), (before, after, fill) => {
      const seed = seedOf(fill);
      expect(redacted(`${before} ${seed} ${after}`)).not.toContain(seed);
      expect(redacted(JSON.stringify({ key: `${before}${seed}` }))).not.toContain(seed);
    }),
  );
});

it.each([
  'daybook_run_tokens_counted_total{run="r"} 4096',
  'committed r/1/0: loss 4.480, 1200 tokens/s',
  `authority ${generateKey(new Uint8Array(32)).actor} of main at file:./ledger`,
  'warn  keys/worker.seed: mode 644; run: chmod 600 keys/worker.seed',
  '{"pageTokens":64,"digest":"sha256:00ff"}',
])('leaves as it is: %s', (text) => {
  expect(redacted(text)).toBe(text);
});

it('keeps back what stands in values, which stay values', () => {
  const value = {
    url: `nats://a:${SECRET}@h`,
    login: { user: 'a', pass: SECRET, Password: SECRET },
    said: [`password: ${SECRET}`, 7, null],
  };
  expect(redactedValue(value)).toEqual({
    url: 'nats://<login>@h',
    login: { user: 'a', pass: '<redacted>', Password: '<redacted>' },
    said: ['password: "<redacted>"', 7, null],
  });
});
