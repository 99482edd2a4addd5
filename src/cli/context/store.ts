/**
 * Contexts as files: `<config>/daybook/context/<name>.json`, and in `<config>/daybook/context.txt` the
 * name of the one in use; `<config>` is $XDG_CONFIG_HOME or ~/.config. They name key files and hold no
 * secret.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { slug } from '../../events/codecs.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { nearest } from '../terminal/nearest.ts';
import type { Setting } from './settings.ts';
import { NO_CONTEXT, settingNames } from './settings.ts';

export type Context = { readonly [S in Setting]?: string } & { readonly description?: string };

const members: readonly string[] = ['description', ...settingNames];

function folder(): string {
  const config = process.env['XDG_CONFIG_HOME'];
  // An empty or relative one is to be ignored, says the XDG specification.
  const base = config?.startsWith('/') === true ? config : join(homedir(), '.config');
  return join(base, 'daybook');
}

export const fileOf = (name: string): string => join(folder(), 'context', `${name}.json`);
const currentFile = (): string => join(folder(), 'context.txt');

/** In the order of their names. */
export function contextNames(): string[] {
  return orNothing(() => readdirSync(join(folder(), 'context')), [])
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .toSorted();
}

/** The name of the one in use; null: none. */
export function currentContext(): string | null {
  const name = orNothing(() => readFileSync(currentFile(), 'utf8').trim(), '');
  return name === '' ? null : name;
}

/** @throws Exit usage: unknown_context, bad_context */
export function readContext(name: string): Context {
  mustBeKnown(name);
  return parseContext(readFileSync(fileOf(name), 'utf8'), fileOf(name));
}

/** @throws Exit usage unknown_context, with the name that was perhaps meant */
export function mustBeKnown(name: string): void {
  const names = contextNames();
  if (names.includes(name)) return;
  const close = nearest(name, names);
  throw new Exit(
    EXIT.usage,
    `there is no context "${name}"${close === null ? '' : `; did you mean ${close}?`}`,
    'unknown_context',
  );
}

/** @param where for people @throws Exit usage bad_context */
export function parseContext(text: string, where: string): Context {
  const bad = (why: string): Exit => new Exit(EXIT.usage, `${where}: ${why}`, 'bad_context');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad((error as Error).message);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad('not an object');
  for (const [member, held] of Object.entries(value)) {
    if (!members.includes(member)) throw bad(`"${member}" is none of ${members.join(', ')}`);
    if (typeof held !== 'string' || held === '') throw bad(`"${member}" is not a text`);
  }
  return value as Context;
}

/** @throws Exit usage, where that can be no file's name */
export function contextName(name: string): string {
  if (slug.is(name) && name !== NO_CONTEXT) return name;
  throw new Exit(
    EXIT.usage,
    `"${name}" is no context name: lower-case letters, digits, dashes, and not "${NO_CONTEXT}"`,
  );
}

export function writeContext(name: string, context: Context): void {
  const ordered = members.filter((member) => context[member as Setting] !== undefined);
  const text = JSON.stringify(context, [...ordered], 2);
  replace(fileOf(name), `${text}\n`);
}

/** @param name null: none is in use from now on */
export function useContext(name: string | null): void {
  if (name === null) rmSync(currentFile(), { force: true });
  else replace(currentFile(), `${name}\n`);
}

/** One that is in use is in use no more. */
export function removeContext(name: string): void {
  if (currentContext() === name) useContext(null);
  rmSync(fileOf(name));
}

/** A reader sees the old text or the new one. */
function replace(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function orNothing<T>(read: () => T, nothing: T): T {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return nothing;
    throw error;
  }
}
