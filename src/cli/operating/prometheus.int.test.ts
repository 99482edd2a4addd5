/**
 * The files of ops/prometheus as Prometheus itself reads them: configuration and rules parse, and each
 * alert fires on what it is for and on nothing else. Skipped where there is no `promtool`; that their
 * metrics exist is tested without it (telemetry.test.ts).
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../../ops/prometheus', import.meta.url));
const promtool = (...args: string[]) =>
  spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
const isMissing = promtool('--version').status !== 0;

it
  .skipIf(isMissing)
  .each([
    [['check', 'config', 'prometheus.yml']],
    [['check', 'rules', '--lint=all', 'alerts.yml']],
    [['test', 'rules', 'alerts.test.yml']],
  ])('promtool %j', (args) => {
  const { status, stdout, stderr } = promtool(...args);
  expect(status, stdout + stderr).toBe(0);
});

it('each alert has a test in which it fires', () => {
  const read = (name: string): string => readFileSync(`${folder}/${name}`, 'utf8');
  const alerts = [...read('alerts.yml').matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  const played = [...read('alerts.test.yml').matchAll(/alertname: (\w+)/g)].map(([, name]) => name);
  expect(alerts.length).toBeGreaterThan(10);
  expect(new Set(played)).toEqual(new Set(alerts));
});
