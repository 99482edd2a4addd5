/**
 * `daybook identity`: keys of a ledger with a registry. A seed that can replace others' keys need not
 * be where the node runs: it gives its consent once, in a line that the node's verb takes, and is put
 * away until a key is lost.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { FactOf } from '../../events/catalogue.ts';
import { actorId, reasonCode, slug } from '../../events/codecs.ts';
import type { ActorId } from '../../events/ids.ts';
import type { ConsentUse } from '../../events/key-consent.ts';
import { consentOf } from '../../events/key-consent.ts';
import { readOpening } from '../../roles/command-tagger.ts';
import { members, string } from '../../explorer/api/shape.ts';
import { column, oneOutput, tell, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { openAt, readKey, withLedger } from '../ledger/ledger-options.ts';
import { sendAsOperator, withSigning } from '../ledger/operator-command.ts';
import type { LeverOptions } from '../ledger/operator-command.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { print } from '../terminal/output.ts';
import { microUnits } from '../terminal/micro-units.ts';

export interface Consent {
  readonly key: ActorId;
  readonly consent: string;
}

interface Consented {
  readonly key: string;
  readonly consent: string;
}

const consentOutput = oneOutput<Consented>(
  'A key, and its signature under what it agrees to.',
  members({ key: string, consent: string }),
  [column('key', ({ key }) => key), column('consent', ({ consent }) => consent)],
);

export function registerIdentity(program: Command): void {
  const identity = program
    .command('identity')
    .description('let participants in, replace their keys, move their stake');
  withOutput(
    withLedger(identity.command('consent').description('let a key stand for an identity')),
    consentOutput,
  )
    .argument('<file>', 'with the seed of the key that agrees')
    .argument('<participant>', 'the first key of the identity')
    .option('--use <use>', 'recovery: it may replace the key; key: it takes its place', 'recovery')
    .action(giveConsent);
  lever(identity, 'rotate', 'put another key in the place of the one in force')
    .requiredOption('--to <key:consent>', 'as `daybook identity consent --use key` prints it')
    .option('--recovery <key:consent>', 'a new recovery key, too')
    .action((who: string, options: LeverOptions & { to: string; recovery?: string }) => {
      const participant = keyNamed('<participant>', who);
      const { key, consent } = consentIn('--to', options.to);
      const { recovery: next } = options;
      const recovery = next === undefined ? null : consentIn('--recovery', next);
      return send('rotate', options, {
        type: 'daybook.identity.rotated.v1',
        data: { participant, key, consent, recovery },
      });
    });
  lever(identity, 'revoke', 'put an identity out for good, as the operator or by its recovery key')
    .option('--reason <code>', 'goes into the ledger', 'revoked')
    .action((who: string, options: LeverOptions & { reason: string }) =>
      send('revoke', options, {
        type: 'daybook.identity.revoked.v1',
        data: {
          participant: keyNamed('<participant>', who),
          reason: known('--reason', options.reason, reasonCode),
        },
      }),
    );
  lever(identity, 'invite', 'let a key register, as the operator')
    .requiredOption('--name <name>', 'of the invitation')
    .requiredOption('--until <time>', 'when it is over, RFC 3339')
    .option('--sponsor <key>', 'the participant who vouches for it')
    .action((who: string, options: InviteOptions) => {
      const untilMs = Date.parse(options.until);
      if (!Number.isSafeInteger(untilMs) || untilMs < 0)
        throw new Exit(EXIT.usage, `--until: "${options.until}" is no time`);
      const { sponsor } = options;
      return send('invite', options, {
        type: 'daybook.identity.invited.v1',
        data: {
          invitation: known('--name', options.name, slug),
          key: keyNamed('<participant>', who),
          sponsor: sponsor === undefined ? null : keyNamed('--sponsor', sponsor),
          untilMs,
        },
      });
    });
  lever(identity, 'admit', 'let a key in, as the operator, where nobody comes by himself')
    .addOption(new Option('--role <role>', 'what it does').choices(ROLES).makeOptionMandatory())
    .requiredOption('--name <name>', 'of the participant')
    .action((who: string, options: AdmitOptions) =>
      send('admit', options, {
        type: 'daybook.participant.admitted.v1',
        data: {
          participant: keyNamed('<participant>', who),
          role: options.role,
          name: known('--name', options.name, slug),
        },
      }),
    );
  lever(identity, 'deposit', 'record money that arrived from outside, as the operator')
    .requiredOption('--amount <micro>', 'micro-units')
    .requiredOption('--reference <text>', 'where it was seen to arrive; used once')
    .requiredOption('--depositor <name>', 'who paid it in')
    .action((who: string, options: DepositOptions) =>
      send('deposit', options, {
        type: 'daybook.stake.deposited.v1',
        data: {
          participant: keyNamed('<participant>', who),
          amount: microUnits('--amount', options.amount),
          reference: options.reference,
          depositor: known('--depositor', options.depositor, slug),
        },
      }),
    );
  for (const [verb, type, text] of STAKE_VERBS)
    lever(identity, verb, text)
      .requiredOption('--amount <micro>', 'micro-units')
      .action((who: string, options: LeverOptions & { amount: string }) => {
        const sum = microUnits('--amount', options.amount);
        const participant = keyNamed('<participant>', who);
        return send(verb, options, { type, data: { participant, amount: sum } } as Said);
      });
}

const STAKE_VERBS = [
  ['lock', 'daybook.stake.locked.v1', 'put money of the wallet into escrow'],
  ['unlock', 'daybook.stake.unlocking.v1', 'ask escrow back; it is free when it is unbound'],
] as const;

export const ROLES = ['worker', 'validator'] as const;

type AdmitOptions = LeverOptions & { role: (typeof ROLES)[number]; name: string };
type InviteOptions = LeverOptions & { name: string; until: string; sponsor?: string };
type DepositOptions = LeverOptions & { amount: string; reference: string; depositor: string };

type Said = FactOf<
  | 'daybook.identity.rotated.v1'
  | 'daybook.identity.revoked.v1'
  | 'daybook.identity.invited.v1'
  | 'daybook.participant.admitted.v1'
  | 'daybook.stake.deposited.v1'
  | 'daybook.stake.locked.v1'
  | 'daybook.stake.unlocking.v1'
>;

const lever = (identity: Command, verb: string, description: string): Command =>
  withSigning(identity.command(verb).description(description), 'seed of whoever says it').argument(
    '<participant>',
    'its first key',
  );

const send = (verb: string, options: LeverOptions, said: Said): Promise<void> =>
  sendAsOperator(verb, options, said);

function keyNamed(what: string, text: string): ActorId {
  if (actorId.is(text)) return text;
  throw new Exit(EXIT.usage, `${what}: "${text}" is no public key`, 'no_public_key');
}

function known<T extends string>(
  what: string,
  text: string,
  codec: { is: (u: unknown) => u is T; readonly name: string },
): T {
  if (codec.is(text)) return text;
  throw new Exit(EXIT.usage, `${what}: "${text}" is no ${codec.name}`);
}

/** `<key>:<base64>` as `consent` prints it. @throws Exit usage */
export function consentIn(what: string, text: string): Consent {
  const at = text.indexOf(':');
  if (at < 0) throw new Exit(EXIT.usage, `${what}: <key>:<consent>, see daybook identity consent`);
  return { key: keyNamed(what, text.slice(0, at)), consent: text.slice(at + 1) };
}

async function giveConsent(
  file: string,
  who: string,
  options: LedgerOptions & OutputOptions & { readonly use: string },
): Promise<void> {
  const participant = keyNamed('<participant>', who);
  const uses: readonly string[] = ['key', 'recovery'] satisfies ConsentUse[];
  if (!uses.includes(options.use))
    throw new Exit(EXIT.usage, `--use: "${options.use}" is none of ${uses.join(', ')}`);
  const key = readKey(file);
  const parts = await openAt(options, { create: false });
  try {
    const opening = await readOpening(parts.log);
    if (opening === null) throw new Exit(EXIT.failed, `${options.ledger} is not open yet`);
    const { nonce } = opening;
    const ledger = { ledger: options.ledger, ...(nonce === null ? {} : { nonce }) };
    const consent = consentOf(key, ledger, participant, options.use as ConsentUse);
    tell(consentOutput, { key: key.actor, consent }, options, () =>
      print(`${key.actor}:${consent}`),
    );
  } finally {
    await parts.close();
  }
}
