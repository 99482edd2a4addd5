/**
 * A server under the permissions of one ledger, and the addresses by which its parties log in: the
 * key of `keyNamed(name)` for each, or name and password.
 */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerRole } from '../adapters/nats/declarations.ts';
import { accountsBlock, type Party } from '../adapters/nats/permissions.ts';
import type { LedgerId } from '../events/ids.ts';
import { keyNamed } from './desk.ts';
import { NatsServer } from './nats-server.ts';

const single = fileURLToPath(new URL('../../streams/server/single.conf', import.meta.url));
/** All test logins by password have this one, from the environment of the server. */
const PASSWORD = 'open-sesame';
const PASSWORD_VARIABLE = 'DAYBOOK_TEST_PASSWORD';

export interface GuardedServer {
  readonly server: NatsServer;
  readonly partyNamed: (name: string) => Party;
  /** The address for a party; the authority's has its desk with it. */
  readonly urlOf: (name: string) => string;
  dispose(): Promise<void>;
}

export async function startGuarded(
  ledger: LedgerId,
  roles: Readonly<Record<string, ServerRole>>,
  logins: 'nkey' | 'password' = 'nkey',
): Promise<GuardedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-guarded-'));
  const parties = Object.entries(roles).map(([name, role]): Party => {
    const { actor } = keyNamed(name);
    return {
      role,
      name,
      actor,
      ...(logins === 'nkey' ? {} : { passwordVariable: PASSWORD_VARIABLE }),
    };
  });
  const seedFile = (name: string): string => join(folder, `${name}.seed`);
  for (const { name } of parties) await writeFile(seedFile(name), keyNamed(name).seed());
  await writeFile(join(folder, 'accounts.conf'), accountsBlock(ledger, parties));
  const config = join(folder, 'server.conf');
  // Includes are relative, always.
  await copyFile(single, join(folder, 'single.conf'));
  await writeFile(config, 'include "./single.conf"\ninclude "./accounts.conf"\n');
  process.env[PASSWORD_VARIABLE] = PASSWORD;
  const server = await NatsServer.start({ config });
  const host = server.url.slice('nats://'.length);
  const urlOf = (name: string): string => {
    const desk = roles[name] === 'authority';
    if (logins === 'nkey')
      return `nats://${host}?nkey=${seedFile(name)}${desk ? `&desk=${seedFile('desk')}` : ''}`;
    const login = `${name}:${encodeURIComponent(PASSWORD)}`;
    return `nats://${login}@${host}${desk ? `?desk-login=desk:${encodeURIComponent(PASSWORD)}` : ''}`;
  };
  const partyNamed = (name: string): Party => {
    const party = parties.find((one) => one.name === name);
    if (party === undefined) throw new Error(`nobody is called ${name}`);
    return party;
  };
  const dispose = async (): Promise<void> => {
    await server.dispose();
    await rm(folder, { recursive: true });
  };
  return { server, partyNamed, urlOf, dispose };
}
