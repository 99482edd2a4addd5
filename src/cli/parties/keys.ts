/**
 * `daybook keys`: identities in files. A seed stays in its file unless it is asked for by name;
 * everything else here is public.
 */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { originOf } from '../../events/checkpoint.ts';
import type { ActorId } from '../../events/ids.ts';
import { isKeyName, verifierKeyOf } from '../../events/note.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import { members, orNull, string } from '../../explorer/api/shape.ts';
import { column, oneOutput, tell, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { modeProblem } from '../ledger/key-file-mode.ts';
import { ledgerName, readKey, writeNewKey } from '../ledger/ledger-options.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { print } from '../terminal/output.ts';

interface ShownKey {
  readonly actor: string;
  readonly file: string;
  /** Only where it was asked for. */
  readonly seed: string | null;
}

const keyShape: Shape<ShownKey> = members({ actor: string, file: string, seed: orNull(string) });

const keyOutput = oneOutput('A public key; its seed only where it was asked for.', keyShape, [
  column<ShownKey>('actor', ({ actor }) => actor),
  column<ShownKey>('file', ({ file }) => file),
  column<ShownKey>('seed', ({ seed }) => seed),
]);

interface WitnessKey {
  readonly name: string;
  readonly witnessKey: string;
}

const witnessKeyOutput = oneOutput<WitnessKey>(
  'The verifier key of a witness.',
  members({ name: string, witnessKey: string }),
  [column('name', ({ name }) => name), column('witness key', ({ witnessKey }) => witnessKey)],
);

interface VerifierKey {
  readonly origin: string;
  readonly verifierKey: string;
}

const verifierKeyOutput = oneOutput<VerifierKey>(
  "The verifier key of a ledger's authority.",
  members({ origin: string, verifierKey: string }),
  [
    column('origin', ({ origin }) => origin),
    column('verifier key', ({ verifierKey }) => verifierKey),
  ],
);

export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('make and show identities');
  withOutput(keys.command('new').description('make a key'), keyOutput)
    .argument('<file>', 'where its seed goes; never overwritten')
    .action((file: string, options: OutputOptions) => {
      if (existsSync(file))
        throw new Exit(EXIT.usage, `${file} is there; keys are never overwritten`);
      show(writeNewKey(file).actor, file, options);
      if (options.quiet !== true && process.stderr.isTTY)
        process.stderr.write(`the seed is in ${file}: keep it secret, and keep a copy\n`);
    });
  withOutput(keys.command('show').description('print the public key of a seed file'), keyOutput)
    .argument('<file>', 'with a seed, one line (SU...)')
    .option('--seed', 'print the secret seed, too')
    .action((file: string, options: OutputOptions & { readonly seed?: boolean }) => {
      const key = readKey(file);
      const problem = modeProblem(file);
      if (problem !== null && options.quiet !== true) process.stderr.write(`daybook: ${problem}\n`);
      show(key.actor, file, options, options.seed === true ? key.seed() : undefined);
    });
  withOutput(
    keys
      .command('witness')
      .description('print the key by which cosignatures of a witness are verified'),
    witnessKeyOutput,
  )
    .argument('<name>', 'name of the key: daybook witness --name')
    .argument('<file>', "with the witness's seed")
    .action((name: string, file: string, options: OutputOptions) => {
      if (!isKeyName(name)) throw new Exit(EXIT.usage, `"${name}": no white space, no plus`);
      const witnessKey = verifierKeyOf(name, readKey(file).actor, 'cosignatureV1');
      tell(witnessKeyOutput, { name, witnessKey }, options, () => print(witnessKey));
    });
  withOutput(
    keys
      .command('verifier')
      .description('print the key by which checkpoints of a ledger are verified'),
    verifierKeyOutput,
  )
    .argument('<ledger>', 'name of the ledger')
    .argument('<file>', "with the authority's seed")
    .action((ledger: string, file: string, options: OutputOptions) => {
      const origin = originOf(ledgerName(ledger));
      const verifierKey = verifierKeyOf(origin, readKey(file).actor);
      tell(verifierKeyOutput, { origin, verifierKey }, options, () => print(verifierKey));
    });
}

function show(
  actor: ActorId,
  file: string,
  options: OutputOptions,
  seed: string | null = null,
): void {
  tell(keyOutput, { actor, file, seed }, options, () => {
    print(actor);
    if (seed !== null) print(seed);
  });
}
