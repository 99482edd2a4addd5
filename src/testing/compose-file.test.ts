/** docker-compose.yml against what there is: files, options, health checks, who waits for whom. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BUNDLED_AUDIT_WORKER } from '../explorer/browser-bundle.ts';
import { commandOf, readComposeFile } from './compose-file.ts';

const root = new URL('../../', import.meta.url);
const { services, volumes } = readComposeFile();
const all = Object.entries(services);
const roles = all.filter(([name, { image }]) => image === 'daybook' && name !== 'keys');
const line = (name: string): string => commandOf(services[name] ?? { image: '' }).join(' ');

describe('docker-compose.yml', () => {
  it('has every role that can run by itself', () => {
    const verbs = roles.map(([name]) => {
      const [, verb = ''] = /main\.ts "?(\S+?)"? /.exec(line(name)) ?? [];
      return verb === '$1' ? line(name).split(' ').at(-2) : verb;
    });
    expect(new Set(verbs)).toEqual(
      new Set(['authority', 'worker', 'validator', 'run', 'witness', 'relay', 'explorer']),
    );
  });

  it.each(roles)('%s: runs as nobody much, is watched, and comes back', (name, service) => {
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.restart).toMatch(/unless-stopped|on-failure/);
    if (name === 'operator') return;
    const url = new URL(service.healthcheck?.test?.at(-1) ?? '');
    const port = name === 'explorer' ? '4680' : '4690';
    expect(url.port).toBe(port);
    expect(url.pathname).toBe('/readyz');
    const told = `${line(name)} ${service.environment?.['TELL']}`;
    expect(told).toContain(name === 'explorer' ? `--port ${port}` : '$TELL');
    expect(told).toContain('--log-format json');
  });

  it.each(all)('%s: names what is there', (_, service) => {
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('./')) expect(existsSync(new URL(source, root)), volume).toBe(true);
      else expect(Object.keys(volumes)).toContain(source);
    }
    // Nothing is offered to more than this machine.
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    for (const [needed, { condition = '' }] of Object.entries(service.depends_on ?? {})) {
      const other = services[Array.isArray(service.depends_on) ? 'prometheus' : needed];
      expect(other).toBeDefined();
      if (condition === 'service_healthy') expect(other?.healthcheck?.test).toBeDefined();
    }
    for (const part of commandOf(service)
      .join(' ')
      .matchAll(/(?:src|scripts)\/[\w./-]+/g))
      expect(existsSync(new URL(part[0], root))).toBe(true);
  });

  it('makes the keys that its services use, and no others', () => {
    const [, , , ...made] = commandOf(services['keys'] ?? { image: '' });
    const used = new Set(
      roles.flatMap(([name]) => [
        ...[...line(name).matchAll(/\/keys\/([a-z]+\d?)\./g)].map(([, key = '']) => key),
        ...[...line(name).matchAll(/pub ([a-z]+\d)/g)].map(([, key = '']) => key),
      ]),
    );
    expect(new Set(made)).toEqual(used);
  });

  it('is scraped whole by ops/prometheus/prometheus.yml', () => {
    const text = readFileSync(new URL('ops/prometheus/prometheus.yml', root), 'utf8');
    const config = parse(text) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    const targets = config.scrape_configs.flatMap(({ static_configs: them }) =>
      them.flatMap(({ targets: some }) => some),
    );
    const expected = roles
      .map(([name]) => name)
      .filter((name) => name !== 'operator')
      .map((name) => `${name}:${name === 'explorer' ? 4680 : 4690}`);
    expect(targets.toSorted()).toEqual(expected.toSorted());
  });
});

describe('Dockerfile', () => {
  const text = readFileSync(new URL('Dockerfile', root), 'utf8');
  it('copies what the services run, and is not root', () => {
    expect(text).toMatch(/^USER node$/m);
    for (const [, folder = ''] of text.matchAll(/^COPY (\S+) \1$/gm))
      expect(existsSync(new URL(folder, root))).toBe(true);
    for (const folder of ['src', 'scripts', 'streams', 'scenarios'])
      expect(text).toContain(`COPY ${folder} ${folder}`);
  });
  it('is sent what it copies, and no key', () => {
    const sent = readFileSync(new URL('.dockerignore', root), 'utf8').trim().split('\n');
    const [everything, ...rules] = sent.filter((one) => !one.startsWith('#'));
    expect(everything).toBe('*');
    const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from = '']) =>
      from.split(' '),
    );
    expect(copied.length).toBeGreaterThan(5);
    for (const from of copied)
      expect(
        rules.filter((rule) => rule === `!${from}` || rule.startsWith(`!${from}/`)),
        from,
      ).not.toEqual([]);
    for (const secret of ['**/*.seed', '**/*.nk', '**/*.creds'])
      expect(rules.indexOf(secret)).toBeGreaterThan(rules.findLastIndex((one) => one[0] === '!'));
    for (const [name, { healthcheck }] of all)
      for (const word of [line(name), ...(healthcheck?.test ?? [])])
        for (const [script] of word.matchAll(/scripts\/[\w./-]+/g))
          expect(rules).toContain(`!${script}`);
  });
  it('brings the explorer what its bundler would make', () => {
    const bundled = 'src/explorer/bundled';
    expect(BUNDLED_AUDIT_WORKER).toContain(`/${bundled}/`);
    expect(text).toMatch(/^RUN npm run bundle$/m);
    expect(text).toContain(`COPY --from=page /daybook/${bundled} ${bundled}\n`);
  });
  it('has a folder of the same owner for every volume that a role writes', () => {
    const written = roles.flatMap(([, { volumes: mounted = [] }]) =>
      mounted.filter((one) => !one.endsWith(':ro')).map((one) => one.split(':')[1] ?? ''),
    );
    expect(written.length).toBeGreaterThan(1);
    for (const folder of [...written, '/keys'])
      expect(text).toMatch(new RegExp(`chown node:node.* ${folder}`));
  });
});
