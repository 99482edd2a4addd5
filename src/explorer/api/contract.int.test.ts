/**
 * The interface against its own description: every operation of the OpenAPI document is asked of a
 * running explorer, in every way that succeeds and in those that fail, and what comes back has a
 * declared status, type, headers and shape.
 */
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { HTTP, CloudEvent } from 'cloudevents';
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { MemoryWorld } from '../../adapters/memory/world.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { packCommit } from '../../events/commit-codec.ts';
import type { CommitId, EntrySequence } from '../../events/ids.ts';
import { CompactRange, leafHash } from '../../events/merkle.ts';
import { verifyPrefixProof } from '../../events/prefix-proof.ts';
import { verifyInclusionProof } from '../../events/proof-text.ts';
import { must } from '../../projections/books.ts';
import { runAuthority } from '../../roles/authority.ts';
import { verifyPayoutProof } from '../../roles/settlements/payout-proof.ts';
import { LEDGER } from '../../testing/desk.ts';
import { signer, verifierKey } from '../../testing/signed-story.ts';
import { moneyStory } from '../../testing/stories/money.ts';
import { HTTP_ERRORS } from '../reply.ts';
import { apiRoutes } from '../routes.ts';
import type { ExplorerOptions } from '../server.ts';
import { startExplorer } from '../server.ts';
import { openApiOf } from './openapi.ts';

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { name: string; in: string; required: boolean }[];
  readonly responses: Readonly<
    Record<string, { content: Record<string, { schema?: object }>; headers?: object }>
  >;
}
interface Document {
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>;
}

const document = JSON.parse(JSON.stringify(openApiOf(apiRoutes))) as Document;
const operations = Object.entries(document.paths).map(([path, { get }]) => ({ path, ...get }));

const { lines, events } = moneyStory();
const settled = events.findLast(({ type }) => type === 'daybook.settlement.published.v2');
const sequence = must(settled, 'settlement').sequence;
const closing: (() => Promise<void> | void)[] = [];
let address = '';
let digest = '';
let participant = '';

async function aLedger() {
  const world = new MemoryWorld(systemClock);
  const parts = await openLedger('memory:', LEDGER, { memory: world });
  const tree = CompactRange.empty();
  for (let first = 0; first < lines.length; first += 20) {
    const some = lines.slice(first, first + 20);
    for (const line of some) tree.append(leafHash(line));
    const id = `told-${first}` as CommitId;
    const { position } = await parts.log.head();
    await parts.log.append(packCommit(id, first as EntrySequence, some, tree.root()), position);
  }
  return parts;
}

async function explorer(more: Partial<ExplorerOptions> = {}): Promise<string> {
  const { log, channel, artifacts } = await aLedger();
  const served = await startExplorer({ log, channel, artifacts, port: 0, ...more });
  closing.push(() => served.close());
  for (;;) {
    const { size } = (await (await fetch(`${served.address}/status`)).json()) as { size: number };
    if (size === lines.length) return served.address;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

beforeAll(async () => {
  const parts = await aLedger();
  const artifact = await parts.artifacts.put(Buffer.from('0123456789'.repeat(10)));
  digest = artifact.digest;
  const clockMs = must(events.at(-1), 'event').time;
  const clock = { ...systemClock, nowMs: () => Date.parse(clockMs) };
  const stop = new AbortController();
  const serving = runAuthority({ ...parts, clock, key: signer }, stop.signal);
  const served = await startExplorer({ ...parts, port: 0 });
  address = served.address;
  closing.push(
    () => served.close(),
    async () => {
      stop.abort();
      await serving;
    },
  );
  while ((await fetch(`${address}/readyz`)).status !== 200)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const settlement = (await (await fetch(`${address}/api/settlements/${sequence}`)).json()) as {
    payouts: { participant: string }[];
  };
  participant = must(settlement.payouts[0], 'payout').participant;
});

afterAll(async () => {
  for (const close of closing) await close();
});

/** Every required parameter has a value in this ledger. */
const valueOf = (name: string): string =>
  ({
    section: 'runs',
    run: 'r',
    window: '0',
    period: '0',
    participant,
    sequence: String(sequence),
    size: '7',
    digest,
    kind: 'promotion',
    of: 'r/0',
    level: '0',
    index: '000',
    width: '3',
  })[name] ?? 'none';

function target({ path, parameters }: (typeof operations)[number]): string {
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => valueOf(name));
  const query = parameters
    .filter((one) => one.in === 'query' && one.required)
    .map(({ name }) => `${name}=${valueOf(name)}`);
  return query.length === 0 ? url : `${url}?${query.join('&')}`;
}

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(document, 'openapi');

/** Status, media type, headers and shape are as the operation says. */
async function holds(operation: (typeof operations)[number], answer: Response): Promise<unknown> {
  const { path } = operation;
  const status = String(answer.status);
  const declared = operation.responses[status];
  expect(Object.keys(operation.responses), `${answer.url} ${status}`).toContain(status);
  const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
  expect(Object.keys(must(declared, 'response').content), answer.url).toContain(type);
  for (const name of Object.keys(declared?.headers ?? {}))
    expect([name, answer.headers.has(name)], answer.url).toEqual([name, true]);
  if (!/[/+]json$/.test(type)) {
    if (type !== 'text/event-stream') return await answer.text();
    await answer.body?.cancel();
    return null;
  }
  const value: unknown = await answer.json();
  const pointer = ['paths', path, 'get', 'responses', status, 'content', type, 'schema']
    .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
    .map(encodeURIComponent)
    .join('/');
  const check = ajv.getSchema(`openapi#/${pointer}`);
  check?.(value);
  expect([answer.url, check?.errors]).toEqual([answer.url, null]);
  return value;
}

describe('the description', () => {
  it('is OpenAPI 3.1, and served', async () => {
    const served = (await (await fetch(`${address}/openapi.json`)).json()) as object;
    expect(served).toEqual(document);
    const validator = new Validator();
    expect(await validator.validate(served as never)).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('every operation', () => {
  const each = operations.map((operation) => [operation.operationId, operation] as const);

  it.each(each)('%s answers as it says', async (_, operation) => {
    const answer = await fetch(address + target(operation));
    // This ledger is too short for a full tile.
    const isFullTile = ['tile', 'entryBundle', 'lines'].includes(operation.operationId);
    expect([answer.url, answer.status]).toEqual([
      answer.url,
      isFullTile && lines.length < 256 ? 404 : 200,
    ]);
    await holds(operation, answer);
  });

  it.each(each)(
    '%s has a head, a tag that holds, and no other parameters',
    async (_, operation) => {
      const url = address + target(operation);
      const get = await fetch(url, { signal: AbortSignal.timeout(60_000) });
      if (operation.operationId === 'events') await get.body?.cancel();
      else await get.arrayBuffer();
      const head = await fetch(url, { method: 'HEAD' });
      expect(head.status).toBe(get.status);
      expect(await head.text()).toBe('');
      const names = (answer: Response) =>
        [...answer.headers.keys()].filter((name) => !CHANCE.has(name));
      expect(names(head)).toEqual(names(get));
      const etag = get.headers.get('etag');
      if (etag !== null && get.status === 200) {
        const again = await fetch(url, { headers: { 'if-none-match': `"x", ${etag}` } });
        expect([url, again.status, await again.text()]).toEqual([url, 304, '']);
        expect(again.headers.get('etag')).toBe(etag);
        const other = await fetch(url, { headers: { 'if-none-match': '"x"' } });
        expect(other.status).toBe(200);
        await other.arrayBuffer();
      }
      const wrong = await fetch(`${url}${url.includes('?') ? '&' : '?'}surprise=1`);
      expect(await holds(operation, wrong)).toMatchObject({ error: { code: 'unknown_parameter' } });
      expect((await fetch(url, { method: 'POST' })).status).toBe(405);
    },
  );

  it.each(each)('%s refuses what its parameters cannot be', async (_, operation) => {
    for (const parameter of operation.parameters) {
      if (parameter.in === 'header') continue;
      const bad = '~~';
      const good = target(operation);
      const url =
        parameter.in === 'path'
          ? address +
            target({
              ...operation,
              path: operation.path.replace(`{${parameter.name}}`, bad),
            })
          : address +
            (new RegExp(`[?&]${parameter.name}=`).test(good)
              ? good.replace(new RegExp(`${parameter.name}=[^&]*`), `${parameter.name}=${bad}`)
              : `${good}${good.includes('?') ? '&' : '?'}${parameter.name}=${bad}`);
      const answer = await fetch(url);
      // Of a free text there is nothing that it cannot be, only what is not there.
      if (answer.status === 200) expect(['subject', 'command']).toContain(parameter.name);
      else expect([400, 404]).toContain(answer.status);
      await holds(operation, answer);
    }
  });

  it.each(each)(
    '%s as of every tenth entry, or says where the ledger ends',
    async (_, operation) => {
      if (!operation.parameters.some(({ name }) => name === 'at')) return;
      const url = target(operation);
      for (let at = 0; at <= lines.length + 9; at += Math.ceil(lines.length / 10)) {
        const answer = await fetch(`${address}${url}${url.includes('?') ? '&' : '?'}at=${at}`);
        if (at >= lines.length) expect(answer.status).toBe(404);
        if (answer.status === 200) expect(answer.headers.get('daybook-size')).toBe(String(at + 1));
        await holds(operation, answer);
      }
    },
  );
});

/** Headers that differ between two answers for reasons of HTTP alone. */
const CHANCE = new Set(['date', 'content-length', 'transfer-encoding', 'connection', 'keep-alive']);

describe('entries', () => {
  const ask = async (query: string) => {
    const answer = await fetch(`${address}/api/entries?${query}`);
    const text = await answer.text();
    return {
      next: Number(answer.headers.get('daybook-next')),
      lines: text.split('\n').slice(0, -1),
    };
  };
  const all = lines.map((line) => Buffer.from(line).toString());

  it('pass filters as one reads them, page by page', async () => {
    for (const [query, passes] of [
      ['type=daybook.window.sealed.v1', ({ type }) => type === 'daybook.window.sealed.v1'],
      ['subject=run/r', ({ subject }) => `${subject}/`.startsWith('run/r/')],
      [`actor=${participant}`, ({ actor }) => actor === participant],
    ] as [string, (entry: Record<string, string>) => boolean][]) {
      const wanted = all.filter((line) => passes(JSON.parse(line) as Record<string, string>));
      expect(wanted.length).toBeGreaterThan(0);
      const found: string[] = [];
      for (let from = 0; from < lines.length;) {
        const page = await ask(`from=${from}&limit=3&${query}`);
        expect(page.lines.length).toBeLessThanOrEqual(3);
        expect(page.next).toBeGreaterThan(from);
        found.push(...page.lines);
        from = page.next;
      }
      expect(found).toEqual(wanted);
    }
  });

  it('are CloudEvents to the official reader, in both modes', async () => {
    for (const at of [0, sequence, lines.length - 1]) {
      const wanted = JSON.parse(must(all[at], 'line')) as Record<string, unknown>;
      for (const mode of ['structured', 'binary']) {
        const answer = await fetch(`${address}/api/entries/${at}?mode=${mode}`);
        const headers = Object.fromEntries(answer.headers);
        const event = HTTP.toEvent({ headers, body: await answer.text() }) as CloudEvent<object>;
        expect(event.validate()).toBe(true);
        const { time, ...rest } = event.toJSON() as Record<string, unknown>;
        const { time: at0, datacontenttype: _1, ...others } = wanted;
        expect({ ...rest, datacontenttype: undefined }).toEqual({ ...others });
        expect(Date.parse(String(time))).toBe(Date.parse(String(at0)));
      }
    }
  });
});

describe('proofs', () => {
  it('verify with the key of the authority alone', async () => {
    for (const at of [0, sequence, lines.length - 1]) {
      const text = await (await fetch(`${address}/api/proofs/inclusion/${at}`)).text();
      const line = must(lines[at], 'line');
      expect(isRight(verifyInclusionProof(verifierKey, line, text))).toBe(true);
      const other = must(lines[at === 0 ? 1 : 0], 'line');
      expect(isLeft(verifyInclusionProof(verifierKey, other, text))).toBe(true);
    }
    for (const size of [1, 7, lines.length]) {
      const text = await (await fetch(`${address}/api/proofs/consistency/${size}`)).text();
      const proven = verifyPrefixProof(verifierKey, text);
      expect(proven).toMatchObject({ right: { prefixes: [{ size }] } });
    }
    const url = `${address}/api/settlements/${sequence}/payouts/${participant}`;
    const proof: unknown = await (await fetch(url)).json();
    expect(verifyPayoutProof(verifierKey, proof)).toMatchObject({
      right: { proof: { participant } },
    });
  });
});

describe('artifacts', () => {
  const text = '0123456789'.repeat(10);
  const get = (range: string | null, more: Record<string, string> = {}) =>
    fetch(`${address}/api/artifacts/${digest}`, {
      headers: { ...(range === null ? {} : { range }), ...more },
    });

  it('come whole or in ranges, under a tag that is their digest', async () => {
    const whole = await get(null);
    expect(await whole.text()).toBe(text);
    expect(whole.headers.get('etag')).toBe(`"${digest}"`);
    expect(whole.headers.get('cache-control')).toContain('immutable');
    for (const [range, from, to] of [
      ['bytes=0-9', 0, 9],
      ['bytes=95-', 95, 99],
      ['bytes=95-1000', 95, 99],
    ] as const) {
      const part = await get(range);
      expect([part.status, part.headers.get('content-range')]).toEqual([
        206,
        `bytes ${from}-${to}/100`,
      ]);
      expect(await part.text()).toBe(text.slice(from, to + 1));
    }
    for (const range of ['bytes=-5', 'bytes=5-2', 'lines=1-2', 'bytes=0-1,3-4'])
      expect([range, await (await get(range)).text()]).toEqual([range, text]);
    expect((await get('bytes=0-9', { 'if-range': '"x"' })).status).toBe(200);
    const beyond = await get('bytes=100-');
    expect([beyond.status, await beyond.json()]).toMatchObject([
      416,
      { error: { code: 'range_not_satisfiable' } },
    ]);
    const missing = await fetch(`${address}/api/artifacts/sha256:${'0'.repeat(64)}`);
    expect([missing.status, await missing.json()]).toMatchObject([
      404,
      { error: { code: 'not_found' } },
    ]);
  });
});

describe('pages from elsewhere', () => {
  it('may read a server that others reach, and not one that is for this machine alone', async () => {
    expect((await fetch(`${address}/api/books`)).headers.has('access-control-allow-origin')).toBe(
      false,
    );
    expect((await fetch(`${address}/api/books`, { method: 'OPTIONS' })).status).toBe(405);
    const open = (await explorer({ host: '0.0.0.0' })).replace('0.0.0.0', '127.0.0.1');
    for (const path of ['/api/books', '/nowhere', '/events']) {
      const answer = await fetch(open + path);
      await answer.body?.cancel();
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    }
    const asked = await fetch(`${open}/api/books`, { method: 'OPTIONS' });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-methods')).toBe('GET, HEAD');
  });
});

it('gives no code a status that its table does not have', () => {
  for (const { responses } of operations)
    for (const [status, { content }] of Object.entries(responses)) {
      const schema = content['application/json']?.schema as
        | { $ref?: string; properties: { error: { properties: { code: { enum: string[] } } } } }
        | undefined;
      if (schema?.$ref === undefined) continue;
      for (const code of schema.properties.error.properties.code.enum)
        expect(HTTP_ERRORS[code as keyof typeof HTTP_ERRORS][0]).toBe(Number(status));
    }
});
