/**
 * `daybook context`: where a ledger is, what it is called, with which key to act and whom to trust,
 * under a name. What verbs do with it is in fill.ts.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import { parseVerifierKey } from '../../events/note.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import { boolean, members, orNull, string } from '../../explorer/api/shape.ts';
import { confirmed } from '../terminal/confirm.ts';
import { column, listOutput, oneOutput, tell, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { ledgerName, readKey } from '../ledger/ledger-options.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour, facts, print } from '../terminal/output.ts';
import { completesContexts } from './completes.ts';
import { portableUrl } from './portable-url.ts';
import { NO_CONTEXT, SETTINGS, settingNames } from './settings.ts';
import type { Setting } from './settings.ts';
import type { Context } from './store.ts';
import {
  contextName,
  contextNames,
  currentContext,
  fileOf,
  mustBeKnown,
  parseContext,
  readContext,
  removeContext,
  useContext,
  writeContext,
} from './store.ts';

type Said = { readonly [S in Setting]?: string } & { readonly description?: string };

interface ContextView {
  readonly name: string;
  readonly inUse: boolean;
  readonly description: string | null;
  readonly log: string | null;
  readonly ledger: string | null;
  readonly key: string | null;
  readonly verifier: string | null;
  readonly head: string | null;
}

const contextShape: Shape<ContextView> = members({
  name: string,
  inUse: boolean,
  description: orNull(string),
  log: orNull(string),
  ledger: orNull(string),
  key: orNull(string),
  verifier: orNull(string),
  head: orNull(string),
});

const columns = [
  column<ContextView>(
    'in use',
    ({ inUse }) => inUse,
    ({ inUse }) => (inUse ? colour.green('*') : ''),
  ),
  column<ContextView>('name', ({ name }) => name),
  column<ContextView>('ledger', ({ ledger }) => ledger),
  column<ContextView>('log', ({ log }) => log),
  column<ContextView>('key', ({ key }) => key),
  column<ContextView>('description', ({ description }) => description),
];

const every = listOutput('The contexts there are, by name.', contextShape, columns);
const one = oneOutput('A context; what it does not say is null.', contextShape, columns);

export function registerContext(program: Command): void {
  const context = program
    .command('context')
    .description('keep ledgers, keys and trusted authorities under a name: say --log once');
  withOutput(
    context.command('ls').description('list the contexts; * is the one in use'),
    every,
  ).action((options: OutputOptions) => list(options));
  withOutput(context.command('show').description('print what a context says'), one)
    .addArgument(completesContexts('[name]', 'of the context; default: the one in use'))
    .action((name: string | undefined, options: OutputOptions) => show(name, options));
  withSaid(context.command('add').description('make a context'))
    .argument('<name>', 'of the new context')
    .option('--use', 'and use it from now on')
    .action((name: string, options: Said & { readonly use?: boolean }) => add(name, options));
  withSaid(context.command('edit').description('change what is said, or all of it in $EDITOR'))
    .addArgument(completesContexts('<name>', 'of the context'))
    .action((name: string, options: Said) => edit(name, options));
  context
    .command('use')
    .description('take what verbs are not told from this context')
    .addArgument(completesContexts('<name>', `of the context; ${NO_CONTEXT}: from no`))
    .action(use);
  context
    .command('rm')
    .description('remove a context; keys and ledgers stay')
    .addArgument(completesContexts('<name>', 'of the context'))
    .option('--dry-run', 'say what would be removed')
    .option('--yes', 'do not ask')
    .action(remove);
}

/** An empty text takes a setting out. */
function withSaid(command: Command): Command {
  for (const setting of settingNames) command.option(`--${setting} <value>`, SETTINGS[setting].doc);
  return command.option('--description <text>', 'for people');
}

const viewOf = (name: string, context: Context): ContextView => ({
  name,
  inUse: currentContext() === name,
  description: context.description ?? null,
  log: context.log ?? null,
  ledger: context.ledger ?? null,
  key: context.key ?? null,
  verifier: context.verifier ?? null,
  head: context.head ?? null,
});

function list(options: OutputOptions): void {
  const views = contextNames().map((name) => viewOf(name, readContext(name)));
  if (views.length === 0 && options.output === 'table')
    return print('there are no contexts; `daybook context add <name> --log <url>` makes one');
  return tell(every, views, options);
}

function show(named: string | undefined, options: OutputOptions): void {
  const name = named ?? currentContext();
  if (name === null)
    throw new Exit(EXIT.usage, 'no context is in use; name one, or `daybook context use` one');
  const view = viewOf(name, readContext(name));
  tell(one, view, options, () =>
    print(
      facts([
        ['context', `${colour.bold(name)}${view.inUse ? ', in use' : ''}`],
        ['file', fileOf(name)],
        ...(view.description === null ? [] : [['description', view.description] as const]),
        ...settingNames.map((setting) => [setting, settingText(setting, view[setting])] as const),
      ]),
    ),
  );
}

function settingText(setting: Setting, value: string | null): string {
  if (value === null) return colour.dim('-');
  const isAway = setting === 'key' && !existsSync(value);
  return isAway ? `${value} ${colour.red('(no such file)')}` : value;
}

function add(name: string, { use: isUsed, ...said }: Said & { readonly use?: boolean }): void {
  contextName(name);
  if (contextNames().includes(name))
    throw new Exit(EXIT.usage, `there is a context "${name}"`, 'context_exists');
  const context = changed({}, said);
  if (context.log === undefined && context.key === undefined && context.verifier === undefined)
    throw new Exit(EXIT.usage, 'say what is to be remembered: --log <url>, at least');
  writeContext(name, context);
  if (isUsed === true) useContext(name);
  print(`${fileOf(name)}${isUsed === true ? ', in use from now on' : ''}`);
}

function edit(name: string, said: Said): void {
  const before = readContextFile(name, Object.keys(said).length > 0);
  const after = Object.keys(said).length > 0 ? changed(before, said) : inEditor(name);
  writeContext(name, after);
  print(fileOf(name));
}

/** Broken ones can be opened in the editor all the same. */
function readContextFile(name: string, strictly: boolean): Context {
  if (strictly) return readContext(name);
  mustBeKnown(name);
  return {};
}

function inEditor(name: string): Context {
  const editor = process.env['VISUAL'] ?? process.env['EDITOR'];
  if (editor === undefined || editor === '')
    throw new Exit(EXIT.usage, 'say what to change (--log ...), or set $EDITOR');
  const file = fileOf(name);
  const before = readFileSync(file, 'utf8');
  const { status } = spawnSync(`${editor} "$1"`, ['sh', file], { shell: true, stdio: 'inherit' });
  if (status !== 0) throw new Exit(EXIT.failed, `${editor} failed; ${file} is as it left it`);
  const text = readFileSync(file, 'utf8');
  if (text === before) return parseContext(text, file);
  return changed({}, parseContext(text, file));
}

/** @throws Exit usage, where a value cannot be what it is said to be */
function changed(before: Context, said: Said): Context {
  const after = Object.fromEntries(
    Object.entries({ ...before, ...said }).filter(([, value]) => value !== ''),
  ) as { -readonly [K in keyof Context]: Context[K] };
  if (after.ledger !== undefined) ledgerName(after.ledger);
  if (after.log !== undefined) after.log = portableUrl(after.log);
  for (const path of ['key', 'head'] as const)
    if (after[path] !== undefined) after[path] = resolve(after[path]);
  if (after.key !== undefined) readKey(after.key);
  if (after.head !== undefined && after.verifier === undefined)
    throw new Exit(EXIT.usage, '--head: whose heads are remembered? Say --verifier');
  if (after.verifier === undefined) return after;
  const key = parseVerifierKey(after.verifier);
  if (isLeft(key)) throw new Exit(EXIT.usage, `--verifier: ${key.left.message}`);
  return after;
}

function use(name: string): void {
  if (name !== NO_CONTEXT) readContext(name);
  useContext(name === NO_CONTEXT ? null : name);
  print(name === NO_CONTEXT ? 'no context is in use' : `using ${name}`);
}

async function remove(
  name: string,
  { dryRun, yes }: { readonly dryRun?: boolean; readonly yes?: boolean },
): Promise<void> {
  mustBeKnown(name);
  if (dryRun === true) return print(`would remove ${fileOf(name)}`);
  if (yes !== true && !(await confirmed(`This removes ${fileOf(name)}.`, name)))
    throw new Exit(EXIT.failed, 'nothing was removed');
  removeContext(name);
  return print(`removed ${fileOf(name)}`);
}
