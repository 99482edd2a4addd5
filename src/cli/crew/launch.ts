/**
 * Brings a whole run up: keys, authority, ledger, policy, admissions, dataset, plan, then the nodes
 * and the explorer as processes. Every command has a fixed id, so a launch that was interrupted is
 * simply launched again.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openLedger } from '../../adapters/open.ts';
import type { OpenLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import type { LedgerId } from '../../events/ids.ts';
import type { SigningKey } from '../../events/nkey.ts';
import type { Policy, RunPlan } from '../../projections/books.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { Follower } from '../../roles/follower.ts';
import type { Observer } from '../../roles/follower.ts';
import type { DatasetRecipe } from '../../roles/operator.ts';
import { Operator } from '../../roles/operator.ts';
import { readKey, writeNewKey } from '../ledger/ledger-options.ts';
import { beginRun } from './begin-run.ts';
import type { Crew } from './crew.ts';

export interface Launch {
  readonly folder: string;
  readonly url: string;
  readonly ledger: LedgerId;
  readonly plan: RunPlan;
  readonly recipe: DatasetRecipe;
  readonly policy: Policy;
  readonly workers: number;
  readonly validators: number;
  readonly backend: string;
  readonly threads: number;
  readonly explorerPort: number;
  /** Extra options of single workers, by name. */
  readonly extra: Readonly<Record<string, readonly string[]>>;
  readonly say: (line: string) => void;
  /** Sees what happens from the run's beginning on, which is before the launch ends. */
  readonly observe: Observer;
}

export interface Launched {
  readonly parts: OpenLedger;
  readonly follower: Follower;
  /** Ends when the signal aborts; rejects when the log turns out corrupt. */
  readonly following: Promise<void>;
  readonly explorer: string;
}

export async function launch(options: Launch, crew: Crew, signal: AbortSignal): Promise<Launched> {
  const { folder, url, ledger, say } = options;
  const keyFile = (name: string): string => join(folder, 'keys', `${name}.nk`);
  const keyOf = (name: string): SigningKey =>
    existsSync(keyFile(name)) ? readKey(keyFile(name)) : writeNewKey(keyFile(name));
  const at = ['--log', url, '--ledger', ledger];

  const parts = await openLedger(url, ledger, { create: true });
  const operatorKey = keyOf('operator');
  keyOf('authority');
  crew.start('authority', [
    'authority',
    ...at,
    '--key',
    keyFile('authority'),
    '--operator',
    operatorKey.actor,
  ]);
  const { log, artifacts, channel } = parts;
  const follower = new Follower(log);
  const following = follower.run(signal);
  // Whoever awaits the launch's end sees it; until then it must not count as unhandled.
  following.catch(() => undefined);
  await follower.until((books) => books.ledger.authority !== null, signal);
  say(`authority is up, the ledger is open`);

  const client = new CommandClient({ channel, clock: systemClock, key: operatorKey, log });
  const operator = new Operator(client, artifacts, signal);
  await operator.adoptPolicy(options.policy);

  say(`starting the explorer, ${options.workers} workers, ${options.validators} validators`);
  crew.start('explorer', ['explorer', ...at, '--port', String(options.explorerPort)]);
  const explorer = crew.firstLine('explorer');
  const names = [
    ...Array.from({ length: options.workers }, (_, i) => ['worker', `worker-${i + 1}`] as const),
    ...Array.from(
      { length: options.validators },
      (_, i) => ['validator', `validator-${i + 1}`] as const,
    ),
  ];
  for (const [role, name] of names) {
    await operator.admit({ participant: keyOf(name).actor, role, name });
    crew.start(name, [
      role,
      ...at,
      '--key',
      keyFile(name),
      ...(role === 'worker' ? ['--backend', options.backend] : []),
      '--threads',
      String(options.threads),
      ...(options.extra[name] ?? []),
    ]);
  }
  say(`explorer at ${await explorer}`);
  follower.observe(options.observe);
  await beginRun(operator, artifacts, options);
  return { parts, follower, following, explorer: await explorer };
}
