/** The explorer over real HTTP on a memory log: what it serves, what it refuses, what it distrusts. */
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { canonicalJson } from '../events/canonical-json.ts';
import type { JsonObject } from '../events/canonical-json.ts';
import { packCommit } from '../events/commit-codec.ts';
import type { Commit, StoredCommit } from '../events/commit.ts';
import { encodeEntry } from '../events/entry.ts';
import type { CommitId, EntrySequence, LogPosition } from '../events/ids.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import { leafHash } from '../events/merkle.ts';
import { emptyBooks, must } from '../projections/books.ts';
import { foldInto, foldWhole } from '../projections/fold.ts';
import { Chronicle } from '../roles/explain/chronicle.ts';
import { EXPLAINED } from '../roles/explain/kinds.ts';
import { readPrometheusText } from '../testing/prometheus-text.ts';
import { LEDGER } from '../testing/desk.ts';
import type { Explorer } from './server.ts';
import { startExplorer } from './server.ts';
import { cheat, tellAll, StoryLedger } from '../testing/story-ledger.ts';

const open: Explorer[] = [];
afterEach(async () => {
  for (const explorer of open.splice(0)) await explorer.close();
});

async function explorerOf(ledger: StoryLedger, port = 0): Promise<string> {
  const explorer = await startExplorer({ log: ledger.handle(), port });
  open.push(explorer);
  return explorer.address;
}

/** Ask until the answer is as wanted: the explorer follows the log in its own time. */
async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const json = async (url: string): Promise<any> => (await fetch(url)).json();
const caughtUp = (address: string, ledger: StoryLedger): Promise<unknown> =>
  until(
    () => json(`${address}/status`),
    ({ size }) => size === ledger.story.desk.lines.length,
  );

interface Frame {
  readonly id: number | null;
  readonly event: string;
  readonly data: any;
}

/** A minimal reader of event streams. */
async function* framesOf(
  address: string,
  signal: AbortSignal,
  lastEventId?: number,
): AsyncGenerator<Frame> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
  const response = await fetch(`${address}/events`, { headers, signal });
  let text = '';
  for await (const chunk of must(response.body, 'body').pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string): string | undefined =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const [id, event, data] = [field('id'), field('event'), field('data')];
      if (event !== undefined && data !== undefined)
        yield { id: id === undefined ? null : Number(id), event, data: JSON.parse(data) };
    }
  }
}

/** Change frames until one has this id; what they set, laid over each other. */
async function itemsUntil(address: string, id: number, lastEventId?: number) {
  const stop = new AbortController();
  const items: Record<string, unknown> = {};
  try {
    for await (const frame of framesOf(address, stop.signal, lastEventId)) {
      if (frame.event === 'change') Object.assign(items, frame.data.items);
      if (frame.id === id) return items;
    }
  } finally {
    stop.abort();
  }
  throw new Error('the stream ended');
}

describe('what it serves', () => {
  it('the books byte for byte, and the raw entries in pages', async () => {
    const ledger = new StoryLedger();
    await tellAll(ledger);
    const address = await explorerOf(ledger);
    await caughtUp(address, ledger);
    const { desk } = ledger.story;
    const books = await fetch(`${address}/api/books`);
    expect(await books.text()).toBe(canonicalJson(desk.books as unknown as JsonObject));
    expect(books.headers.get('daybook-root')).toBe(
      Buffer.from(desk.state.tree.root()).toString('base64'),
    );
    let text = '';
    for (let from = 0; from < desk.lines.length;) {
      const page = await fetch(`${address}/api/entries?from=${from}&limit=37`);
      text += await page.text();
      from = Number(page.headers.get('daybook-next'));
    }
    expect(text).toBe(desk.lines.map((line) => `${Buffer.from(line).toString()}\n`).join(''));
    const beyond = await fetch(`${address}/api/entries?from=1000000`);
    expect(await beyond.text()).toBe('');
  });

  it('an overview, statements, CSV, health and metrics of the same ledger', async () => {
    const ledger = new StoryLedger();
    await tellAll(ledger);
    const address = await explorerOf(ledger);
    await caughtUp(address, ledger);
    await until(
      () => fetch(`${address}/readyz`),
      ({ status }) => status === 200,
    );
    const overview = await json(`${address}/api/overview`);
    expect(overview.fault).toBeNull();
    expect(overview.runs[0].state).toBe('completed');
    const { participant } = overview.contributors[0];
    const statement = await json(`${address}/api/statement?participant=${participant}&limit=2`);
    expect(statement.lines).toHaveLength(2);
    expect(statement.total).toBeGreaterThan(2);
    const csv = await (await fetch(`${address}/api/windows.csv?run=r`)).text();
    expect(csv.split('\r\n')).toHaveLength(8);
    expect(csv).toMatch(/rejected digest_mismatch by validator-\d, validator-\d/);
    expect((await json(`${address}/healthz`)).status).toBe('ok');
    const metrics = await (await fetch(`${address}/metrics`)).text();
    expect(metrics).toContain('daybook_run_windows_reconciled{run="r"} 6\n');
    expect(metrics).toContain('daybook_run_held_out_loss_nats{run="r"} 4.48\n');
    expect(metrics).not.toMatch(/U[A-Z2-7]{55}/);
    expect(readPrometheusText(metrics).length).toBeGreaterThan(10);
  });
});

describe('explanations', () => {
  it('are what the command line derives, and go on as the ledger grows', async () => {
    const ledger = new StoryLedger();
    await ledger.save();
    const address = await explorerOf(ledger);
    await caughtUp(address, ledger);
    const ask = (question: string) => fetch(`${address}/api/explain?${question}`);
    expect((await ask('kind=verdict&of=r/1/0')).status).toBe(404);
    ledger.story.play(6_238_000, 5_601_000);
    cheat(ledger.story, 5_601_000);
    await ledger.save();
    await caughtUp(address, ledger);
    const { events, state } = ledger.story.desk;
    const books = emptyBooks(LEDGER);
    const chronicle = new Chronicle();
    for (const event of events) {
      foldWhole(books, event);
      chronicle.observe(event);
    }
    const evidence = { books, roots: state.roots, chronicle };
    for (const [kind, of] of [
      ['verdict', 'r/1/0'],
      ['promotion', 'r/1'],
      ['refusal', 'stale_revision'],
    ] as const) {
      const answer = await ask(`kind=${kind}&of=${of}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('daybook-size')).toBe(String(events.length));
      const explained = EXPLAINED[kind].explain(evidence, { of });
      const { kind: _kind, of: _of, ...right } = (await answer.json()) as Record<string, unknown>;
      expect({ _tag: 'Right', right }).toEqual(JSON.parse(JSON.stringify(explained)));
    }
  });

  it.each([
    ['', 400, 'bad_parameter'],
    ['kind=verdict', 400, 'bad_parameter'],
    ['kind=toString&of=x', 400, 'bad_parameter'],
    ['kind=verdict&of=%00', 400, 'bad_parameter'],
    ['kind=verdict&of=r/99/0', 404, 'not_explained'],
    ['kind=refusal&of=constructor', 404, 'not_explained'],
    ['kind=payout&of=nobody&period=x', 400, 'bad_parameter'],
  ])('refuses "%s" with %i %s', async (question, status, code) => {
    const ledger = new StoryLedger();
    await ledger.save();
    const address = await explorerOf(ledger);
    await caughtUp(address, ledger);
    const answer = await fetch(`${address}/api/explain?${question}`);
    expect(answer.status).toBe(status);
    expect(((await answer.json()) as { error: { code: string } }).error.code).toBe(code);
  });
});

describe('as of an earlier entry', () => {
  it('serves the books, statements and overview of then, at any entry', async () => {
    const ledger = new StoryLedger();
    await tellAll(ledger);
    const address = await explorerOf(ledger);
    await caughtUp(address, ledger);
    const { desk } = ledger.story;
    const last = desk.lines.length - 1;
    for (const at of [0, 1, 60, 61, 62, Math.floor(last / 2), last - 1, last]) {
      const books = emptyBooks(LEDGER);
      for (const event of desk.events.slice(0, at + 1)) foldInto(books, event);
      const answer = await fetch(`${address}/api/books?at=${at}`);
      expect(await answer.text()).toBe(canonicalJson(books as unknown as JsonObject));
      expect(answer.headers.get('daybook-size')).toBe(String(at + 1));
      const root = Buffer.from(ledger.story.treeAt(at + 1).root()).toString('base64');
      expect(answer.headers.get('daybook-root')).toBe(root);
    }
    const half = await json(`${address}/api/overview?at=${Math.floor(last / 2)}`);
    const whole = await json(`${address}/api/overview?at=${last}`);
    expect(half.windows.length).toBeLessThan(whole.windows.length);
    expect(whole).toEqual(await json(`${address}/api/overview`));
    const { participant } = whole.contributors[0];
    const ask = (at: number) =>
      json(`${address}/api/statement?participant=${participant}&at=${at}`);
    const { lines } = await ask(last);
    const { sequence } = lines[1];
    expect((await ask(sequence)).lines).toEqual(
      lines.filter((line: { sequence: number }) => line.sequence <= sequence),
    );
    expect(await (await fetch(`${address}/api/windows.csv?at=0`)).text()).not.toContain('r,0');
  });

  it('refuses what is not there yet, and says where the ledger ends', async () => {
    const ledger = new StoryLedger();
    await ledger.save();
    const address = await explorerOf(ledger);
    await caughtUp(address, ledger);
    const { length } = ledger.story.desk.lines;
    const answer = await fetch(`${address}/api/books?at=${length}`);
    expect(answer.status).toBe(404);
    const message = `the last entry is ${length - 1}`;
    expect(await answer.json()).toEqual({ error: { code: 'beyond_head', message } });
  });
});

describe('the event stream', () => {
  it('resumes after Last-Event-ID with what changed since, also on a restarted server', async () => {
    const ledger = new StoryLedger();
    await ledger.save();
    const address = await explorerOf(ledger);
    const first = ledger.story.desk.lines.length - 1;
    const before = await itemsUntil(address, first);
    expect(before['run/r']).toMatchObject({ state: 'active' });

    ledger.story.play(6_000_000, 5_000_000);
    await ledger.save();
    const second = ledger.story.desk.lines.length - 1;
    const changes = await itemsUntil(address, second, first);
    expect(Object.keys(changes)).toContain('run/r');
    const whole = await itemsUntil(address, second);
    expect({ ...before, ...changes }).toEqual(whole);

    await must(open.pop(), 'explorer').close();
    ledger.story.play(5_000_000, 4_000_000);
    await ledger.save();
    const again = await explorerOf(ledger);
    const third = ledger.story.desk.lines.length - 1;
    const resumed = await itemsUntil(again, third, second);
    expect({ ...whole, ...resumed }).toEqual(await itemsUntil(again, third));
  });

  it('starts a reader over that comes from a longer ledger', async () => {
    const ledger = new StoryLedger();
    await ledger.save();
    const address = await explorerOf(ledger);
    const last = ledger.story.desk.lines.length - 1;
    expect(await itemsUntil(address, last, 999_999)).toHaveProperty('run/r');
  });

  it('gives a reader that is far behind one frame for many commits', async () => {
    const ledger = new StoryLedger();
    const address = await explorerOf(ledger);
    const stop = new AbortController();
    const frames = framesOf(address, stop.signal);
    await frames.next();
    await tellAll(ledger);
    const ids: number[] = [];
    for await (const { id } of frames) {
      if (id !== null) ids.push(id);
      if (id === ledger.story.desk.lines.length - 1) break;
    }
    stop.abort();
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(ids.length).toBeLessThan(8);
  });
});

describe('what it distrusts', () => {
  const faultOf = (address: string): Promise<any> =>
    until(
      () => json(`${address}/status`),
      ({ fault }) => fault !== null,
    );

  it.each<[string, string, (commit: Commit) => Commit]>([
    [
      'a root that is not its own',
      'root_mismatch',
      (commit) => ({ ...commit, root: `${'A'.repeat(43)}=` }),
    ],
    [
      'an entry that was altered',
      'root_mismatch',
      (commit) => {
        const payload = commit.payload.slice();
        const at = Buffer.from(payload).indexOf('"tokens":192') + 9;
        payload.set(Buffer.from('999'), at);
        return { ...commit, payload };
      },
    ],
  ])('%s', async (_, code, damage) => {
    const ledger = new StoryLedger();
    await ledger.save();
    const sound = ledger.story.desk.lines.length;
    const books = canonicalJson(ledger.story.desk.books as unknown as JsonObject);
    ledger.story.play(6_000_000, 5_000_000);
    await ledger.append(damage(ledger.story.commit()));
    const address = await explorerOf(ledger);
    const { fault, ready, size } = await faultOf(address);
    expect(fault).toMatchObject({ code, sequence: sound, retryable: false });
    expect(ready).toBe(false);
    expect(size).toBe(sound);
    expect(await (await fetch(`${address}/api/books`)).text()).toBe(books);
    const refused = await fetch(`${address}/readyz`);
    expect(refused.status).toBe(503);
    expect((await refused.json()) as unknown).toMatchObject({ error: { code: 'not_ready' } });
  });

  it('a well-formed history that is illegal, and goes back to the books before it', async () => {
    const ledger = new StoryLedger();
    await ledger.save();
    const { desk } = ledger.story;
    const sound = desk.lines.length;
    const books = canonicalJson(desk.books as unknown as JsonObject);
    // A fresh heartbeat, then the opening once more: only the second is illegal.
    ledger.story.live(5);
    const beat = must(desk.lines[sound], 'heartbeat');
    const opening = must(desk.events[0], 'opening');
    const repeated = encodeEntry({
      ...opening,
      sequence: (sound + 1) as EntrySequence,
      data: opening.data as unknown as JsonObject,
    });
    const tree = ledger.story.treeAt(sound);
    for (const line of [beat, repeated]) tree.append(leafHash(line));
    const first = sound as EntrySequence;
    await ledger.append(packCommit('bad' as CommitId, first, [beat, repeated], tree.root()));
    const address = await explorerOf(ledger);
    const { fault } = await faultOf(address);
    expect(fault).toMatchObject({ code: 'illegal_history', sequence: sound });
    expect(await (await fetch(`${address}/api/books`)).text()).toBe(books);
  });
});

describe('what it refuses', () => {
  /** A request target exactly as given, which `fetch` would tidy up. */
  const raw = (address: string, path: string, method = 'GET', host?: string) =>
    new Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }>(
      (resolve, reject) => {
        const { hostname, port } = new URL(address);
        const request = httpRequest(
          { hostname, port, path, method, headers: host === undefined ? {} : { host } },
          (response) => {
            let body = '';
            response.on('data', (chunk) => (body += chunk));
            response.on('end', () =>
              resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
            );
          },
        );
        request.on('error', reject);
        request.end();
      },
    );

  it.each([
    ['/../../../etc/passwd', 'GET', 404, 'not_found'],
    ['/page/../server.ts', 'GET', 404, 'not_found'],
    ['/page/%2e%2e%2fserver.ts', 'GET', 404, 'not_found'],
    ['/page/', 'GET', 404, 'not_found'],
    ['/constructor', 'GET', 404, 'not_found'],
    ['//evil.example/', 'GET', 404, 'not_found'],
    ['http://evil.example/', 'GET', 400, 'bad_request'],
    [`/${'x'.repeat(3000)}`, 'GET', 414, 'uri_too_long'],
    ['/api/overview', 'POST', 405, 'method_not_allowed'],
    ['/', 'DELETE', 405, 'method_not_allowed'],
    ['/api/entries?from=-1', 'GET', 400, 'bad_parameter'],
    ['/api/entries?from=1e3', 'GET', 400, 'bad_parameter'],
    ['/api/entries?limit=1001', 'GET', 400, 'bad_parameter'],
    ['/api/entries?limit=1&limit=2', 'GET', 400, 'bad_parameter'],
    ['/api/entries?offset=1', 'GET', 400, 'unknown_parameter'],
    ['/api/books?at=0', 'GET', 404, 'beyond_head'],
    ['/api/books?at=-1', 'GET', 400, 'bad_parameter'],
    ['/api/entries?at=0', 'GET', 400, 'unknown_parameter'],
    ['/api/statement', 'GET', 400, 'bad_parameter'],
    ['/api/statement?participant=__proto__', 'GET', 400, 'bad_parameter'],
    [`/api/statement?participant=U${'A'.repeat(55)}`, 'GET', 404, 'not_found'],
    ['/api/windows.csv?run=..', 'GET', 400, 'bad_parameter'],
  ])('%s %s', async (path, method, status, code) => {
    const address = await explorerOf(new StoryLedger());
    const answer = await raw(address, path, method);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code } });
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    if (status === 405) expect(answer.headers['allow']).toBe('GET, HEAD');
  });

  it('a foreign name that was made to resolve to this machine', async () => {
    const address = await explorerOf(new StoryLedger());
    const answer = await raw(address, '/api/books', 'GET', 'evil.example:80');
    expect(answer.status).toBe(421);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'wrong_host' } });
    expect((await raw(address, '/healthz', 'GET', 'localhost:4000')).status).toBe(200);
  });

  it('nothing to HEAD, which gets the headers of GET and no body', async () => {
    const address = await explorerOf(new StoryLedger());
    for (const path of ['/', '/api/overview', '/events', '/api/entries', '/page/main.js']) {
      const head = await raw(address, path, 'HEAD');
      expect(head.status).toBe(200);
      expect(head.body).toBe('');
    }
    const page = await fetch(address);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    const again = await fetch(address, {
      headers: { 'if-none-match': must(page.headers.get('etag'), 'etag') },
    });
    expect(again.status).toBe(304);
  });
});

it('does not take what is indexed yet for all there is', async () => {
  const ledger = new StoryLedger({ windows: 40 });
  await tellAll(ledger);
  const { story } = ledger;
  // More than what is kept in memory: the index has to read the log.
  for (let loss = 4_480_000; loss > 4_280_000; loss -= 10_000) story.play(loss, loss - 10_000);
  await ledger.save();
  const own = ledger.handle();
  let release: () => void = () => {};
  let gate: Promise<void> = Promise.resolve();
  async function* read(after: LogPosition): AsyncIterable<StoredCommit> {
    await gate;
    yield* own.read(after);
  }
  const log: EventLog = {
    ledger: own.ledger,
    appendsInFlight: own.appendsInFlight,
    head: () => own.head(),
    append: (...args) => own.append(...args),
    follow: (after, signal) => own.follow(after, signal),
    close: () => own.close(),
    read,
  };
  const explorer = await startExplorer({ log, port: 0 });
  open.push(explorer);
  const { address } = explorer;
  await caughtUp(address, ledger);
  gate = new Promise((resolve) => (release = resolve));
  const { participant } = must(
    Object.values(story.desk.books.members).find(({ role }) => role === 'worker'),
    'worker',
  );
  const asked = [`/view/claim?run=r&participant=${participant}`, '/view/log.csv'];
  const answers = asked.map((path) => fetch(address + path));
  for (const answer of await Promise.all(answers))
    expect([answer.status, (await answer.json()).error.code]).toEqual([503, 'not_indexed']);
  // Who asks shortly before it is ready waits, and is not sent away.
  const patient = asked.map((path) => fetch(address + path));
  setTimeout(release, 1000);
  for (const answer of await Promise.all(patient)) expect(answer.status).toBe(200);
});
