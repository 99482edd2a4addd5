/** The units of ops/systemd: options that the verbs have, hardened, and as systemd wants them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { registerBackup } from './backup.ts';
import { registerRelay } from '../money/relay.ts';
import { registerRoles } from '../running/role-verbs.ts';
import { registerWitness } from '../proving/witness.ts';

const folder = fileURLToPath(new URL('../../../ops/systemd', import.meta.url));
const units = readdirSync(folder)
  .filter((name) => name.endsWith('.service'))
  .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
const settings = readFileSync(join(folder, 'daybook.env'), 'utf8');

const program = new Command();
for (const register of [registerBackup, registerRelay, registerRoles, registerWitness])
  register(program);

it.each(units)('%s asks for what its verb has, of settings that there are', (_, text) => {
  const lines = [
    ...text.matchAll(/^ExecStart(?:Post)?=\/usr\/bin\/node src\/cli\/main\.ts (.+)$/gm),
  ];
  expect(lines.length).toBeGreaterThan(0);
  for (const [, line = ''] of lines) {
    const words = line.split(' ');
    let command = program;
    for (;;) {
      const inner = command.commands.find((one) => one.name() === words[0]);
      if (inner === undefined) break;
      words.shift();
      command = inner;
    }
    expect(command).not.toBe(program);
    const known = command.options.map(({ long }) => long);
    const given = words.filter((word) => word.startsWith('--'));
    for (const option of given) expect(known).toContain(option);
    for (const { mandatory, long } of command.options)
      if (mandatory && long !== undefined) expect(given).toContain(long);
    for (const [, name] of line.matchAll(/\$\{(\w+)\}/g))
      if (name !== 'CREDENTIALS_DIRECTORY') expect(settings).toContain(`\n${name}=`);
  }
});

it.each(units)('%s can do no more than it must', (_, text) => {
  for (const line of [
    'User=daybook',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'CapabilityBoundingSet=',
    'SystemCallFilter=@system-service',
    'UMask=0077',
  ])
    expect(text.split('\n')).toContain(line);
  // A seed is given by systemd, for as long as the unit runs; no unit reads a key file itself.
  for (const [, key = ''] of text.matchAll(/--key (\S+)/g)) {
    expect(key).toBe('${CREDENTIALS_DIRECTORY}/key');
    expect(text).toMatch(/^LoadCredential=key:\/etc\/daybook\/keys\//m);
  }
});

const analyze = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });

it.skipIf(analyze.status !== 0)('are units to systemd', () => {
  const place = mkdtempSync(join(tmpdir(), 'daybook-units-'));
  try {
    // Verified where they have an instance and a program to start; nothing of it is started.
    const names = readdirSync(folder).filter((name) => !name.endsWith('.env'));
    const placed = names.map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const file = join(place, name.replace('@.', '@one.'));
      writeFileSync(file, text.replaceAll('/usr/bin/node', process.execPath));
      return file;
    });
    const { stderr } = spawnSync('systemd-analyze', ['verify', ...placed], { encoding: 'utf8' });
    const ours = stderr.split('\n').filter((line) => line.includes('daybook'));
    expect(ours).toEqual([]);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});
