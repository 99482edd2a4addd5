/**
 * docker-compose.yml as Compose itself reads it: no warning with any profile, and the command lines,
 * dependencies and files that the other tests take from the file are the ones that it would start.
 * Skipped where there is no `docker compose`; it needs no daemon.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commandOf, readComposeFile } from '../../testing/compose-file.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const compose = (...args: string[]) =>
  spawnSync('docker', ['compose', ...args], { cwd: root, encoding: 'utf8' });

interface Service {
  readonly command: readonly string[] | null;
  readonly entrypoint: readonly string[] | null;
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly volumes?: readonly { readonly type: string; readonly source: string }[];
}

describe.skipIf(compose('version').status !== 0)('docker compose config', () => {
  it.each([['of every run'], ['with monitoring', '--profile', 'monitoring']])(
    'has nothing to say %s',
    (_, ...profile) => {
      const { status, stdout, stderr } = compose(...profile, 'config', '--quiet');
      expect([status, stdout, stderr]).toEqual([0, '', '']);
    },
  );

  it('resolves to what the file says', () => {
    const { stdout } = compose('--profile', '*', 'config', '--format', 'json');
    const { services } = JSON.parse(stdout) as { services: Record<string, Service> };
    const ours = readComposeFile().services;
    expect(Object.keys(services).toSorted()).toEqual(Object.keys(ours).toSorted());
    for (const [name, { command, entrypoint, ...service }] of Object.entries(services)) {
      const own = ours[name];
      if (own === undefined) continue;
      // It escapes them again: what it prints is a compose file.
      const words = [...(entrypoint ?? []), ...(command ?? [])];
      expect(words.map((word) => word.replaceAll('$$', '$'))).toEqual(commandOf(own));
      expect(service.environment ?? {}).toEqual(own.environment ?? {});
      const needed = own.depends_on ?? {};
      expect(Object.keys(service.depends_on ?? {}).toSorted()).toEqual(
        (Array.isArray(needed) ? needed : Object.keys(needed)).toSorted(),
      );
      for (const { type, source } of service.volumes ?? [])
        if (type === 'bind') expect([source, existsSync(source)]).toEqual([source, true]);
    }
  });
});
