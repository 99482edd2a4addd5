/**
 * The AsyncAPI document against the specification's own schema, against the permissions that servers
 * are given, and against what was recorded: what went over the wire is what it describes.
 */
import { Ajv } from 'ajv';
import type { AnySchemaObject, ValidateFunction } from 'ajv';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { permissionsWith } from '../../adapters/nats/declarations.ts';
import { commandTable } from '../../events/catalogue.ts';
import { isTime } from '../../events/entry-time.ts';
import { isActorId } from '../../events/nkey.ts';
import { encodeStep } from '../../roles/steps.ts';
import { STEP_KINDS } from '../../roles/steps.ts';
import { apiRoutes } from '../routes.ts';
import { asyncApiOf } from './document.ts';
import { isOfServer, overlap, subjectsOfRoles } from './operations.ts';

interface Message {
  readonly payload: AnySchemaObject;
  readonly headers?: AnySchemaObject;
}
interface Operation {
  readonly action: string;
  readonly channel: { readonly $ref: string };
  readonly reply?: {
    readonly channel: { readonly $ref: string };
    readonly messages: readonly { readonly $ref: string }[];
  };
}
interface Document {
  readonly channels: Readonly<
    Record<string, { address: string | null; messages: Readonly<Record<string, Message>> }>
  >;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: { readonly schemas: object };
}

const document = JSON.parse(JSON.stringify(asyncApiOf(apiRoutes))) as Document;
const fixtures = new URL('../../../fixtures/', import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, fixtures), 'utf8');

const ajv = new Ajv({ strict: false });
ajv.addFormat('nkey', isActorId);
ajv.addFormat('date-time', isTime);
ajv.addFormat('sequence', (text: string) => Number.isSafeInteger(Number(text)));
ajv.addSchema(document, 'asyncapi');

const pointer = (...parts: string[]): string =>
  parts
    .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');

const payloadOf = (channel: string, message: string): ValidateFunction => {
  const path = pointer('channels', channel, 'messages', message, 'payload');
  return ajv.getSchema(`asyncapi#/${path}`) as ValidateFunction;
};

/** What a reference points at. */
const referred = ($ref: string): unknown =>
  $ref
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, part) => (at as Record<string, unknown>)?.[part], document);

function* references(value: unknown): Iterable<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value))
    if (key === '$ref' && typeof inner === 'string') yield inner;
    else yield* references(inner);
}

describe('the document', () => {
  it('is AsyncAPI 3.0 by the schema of the specification', () => {
    const specification = JSON.parse(
      readFileSync(
        createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0.json'),
        'utf8',
      ),
    ) as AnySchemaObject;
    // It brings the draft that it is written in along.
    const own = { meta: false, validateSchema: false } as const;
    const judge = new Ajv({ ...own, strict: false, validateFormats: false, allErrors: true });
    const isAsyncApi = judge.compile(specification);
    isAsyncApi(document);
    expect(isAsyncApi.errors).toBeNull();
    expect(isAsyncApi({ ...document, asyncapi: '2.6.0' })).toBe(false);
    const [name = ''] = Object.keys(document.operations);
    const operations = { ...document.operations, [name]: { action: 'shout' } };
    expect(isAsyncApi({ ...document, operations })).toBe(false);
  });

  it('refers to what it holds, and answers to what channels have', () => {
    const all = [...references(document)];
    expect(all.length).toBeGreaterThan(500);
    expect(all.filter((one) => referred(one) === undefined)).toEqual([]);
    for (const { reply } of Object.values(document.operations))
      for (const { $ref } of reply?.messages ?? [])
        expect($ref.startsWith(`${reply?.channel.$ref}/messages/`)).toBe(true);
  });

  it('uses of JSON Schema what its older draft has', () => {
    const newer = /"(\$defs|\$dynamicRef|prefixItems|dependentSchemas|unevaluated\w+)"/;
    expect(JSON.stringify(document)).not.toMatch(newer);
  });
});

describe('the permissions', () => {
  const allowed = [...subjectsOfRoles()].flatMap(([role, { publish, subscribe }]) => [
    ...publish.map((subject) => ({ role, subject, action: 'send' })),
    ...subscribe.map((subject) => ({ role, subject, action: 'receive' })),
  ]);
  const ours = allowed.filter(({ subject }) => !isOfServer(subject));

  it('have no subject without a channel, and each an operation of its role', () => {
    expect(ours.length).toBeGreaterThan(20);
    for (const { role, subject, action } of ours) {
      const fitting = Object.entries(document.channels).filter(([, { address }]) =>
        overlap(subject, address ?? '_INBOX.{login}.{box}'),
      );
      expect([subject, fitting.length]).not.toEqual([subject, 0]);
      for (const [name] of fitting)
        expect(document.operations[`${role}-${action}-${name}`]).toMatchObject({
          action,
          channel: { $ref: `#/channels/${name}` },
        });
    }
  });

  it('leave no hole that the document does not know', () => {
    const left = allowed.flatMap(({ subject }) => [...subject.matchAll(/\{\w+\}/g)].map(String));
    expect(new Set(left)).toEqual(
      new Set(['{ledger}', '{login}', '{actor}', '{addressee}', '{step}']),
    );
    const declared = Object.keys(permissionsWith({}).roles);
    expect([...subjectsOfRoles().keys()]).toEqual(declared);
  });

  it('keep from roles what they may not do', () => {
    const names = Object.keys(document.operations);
    const log = names.filter((name) => name.endsWith('-send-log'));
    expect(log).toEqual(['authority-send-log']);
    expect(names).toContain('auditor-receive-log');
    expect(names).not.toContain('auditor-send-command');
    expect(names).toContain('worker-receive-step');
    expect(names).not.toContain('worker-send-step');
    expect(names.filter((name) => name.endsWith('-receive-command'))).toEqual([
      'desk-receive-command',
    ]);
  });
});

describe('what was recorded', () => {
  const samples = readdirSync(new URL('events', fixtures)).filter((name) => name.endsWith('.json'));

  it('is a commit as described, sample by sample', () => {
    const isCommit = payloadOf('log', 'commit');
    expect(samples.length).toBeGreaterThan(50);
    for (const name of samples) {
      const entry = JSON.parse(textOf(`events/${name}`)) as object;
      expect([name, isCommit([entry])]).toEqual([name, true]);
      expect([name, isCommit([{ ...entry, surprise: 1 }])]).toEqual([name, false]);
    }
    expect(isCommit([])).toBe(false);
  });

  it('is commits and commands in every kept run', () => {
    const nameOf = new Map([...commandTable].map(([name, { type }]) => [type as string, name]));
    const isCommit = payloadOf('log', 'commit');
    let commands = 0;
    for (const run of readdirSync(new URL('runs', fixtures))) {
      const lines = textOf(`runs/${run}/recording.ndjson`).trimEnd().split('\n');
      for (const line of lines) {
        const entry = JSON.parse(line);
        expect([line, isCommit([entry])]).toEqual([line, true]);
        const name = nameOf.get(entry.type);
        if (entry.sig === undefined || name === undefined) continue;
        const { commandid: id, source, actor, data, sig } = entry;
        const command = { command: name, id, ledger: source.split('/').at(-1), actor, data, sig };
        expect([name, payloadOf('command', name)(command)]).toEqual([name, true]);
        commands += 1;
      }
    }
    expect(commands).toBeGreaterThan(100);
  });

  it('is a step as described', () => {
    const isStep = payloadOf('step', 'step');
    for (const kind of STEP_KINDS) {
      const bytes = encodeStep({ kind, about: 'r/0/1/1', sequence: 7 });
      expect(isStep(JSON.parse(Buffer.from(bytes).toString()))).toBe(true);
    }
    expect(isStep({ kind: 'dance', about: 'r', sequence: 7 })).toBe(false);
  });
});
