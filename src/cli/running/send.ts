/**
 * `daybook send`: any command there is, from its data. What has a verb of its own is better sent by that;
 * this is for the rest, for scripts, and for commands that are newer than the verbs.
 */
import type { Command } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import { MAX_COMMAND_BYTES } from '../../commands/command.ts';
import type { CatalogueEntry, FactOf, FactType } from '../../events/catalogue.ts';
import { commandTable } from '../../events/catalogue.ts';
import { firstProblem } from '../../events/codecs.ts';
import { checkJsonValue, scanJson } from '../../events/json-scan.ts';
import type { LeverOptions } from '../ledger/operator-command.ts';
import { sendAsOperator, withSigning } from '../ledger/operator-command.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { fileBytes } from '../terminal/named-files.ts';
import { nearest } from '../terminal/nearest.ts';

export function registerSend(program: Command): void {
  withSigning(
    program
      .command('send')
      .description('sign a command and have it decided; `daybook schema <command>` says its data')
      .argument('<command>', 'such as admit-participant, or the type of the fact that it asserts')
      .argument('<data>', 'JSON, @<file> that holds it, or - for what comes in'),
    'seed of whoever asserts it',
  ).action(async (name: string, data: string, options: LeverOptions) => {
    const declaration = named(name);
    const fact = { type: declaration.type, data: dataOf(declaration, await bytesOf(data)) };
    await sendAsOperator(declaration.command ?? name, options, fact as FactOf<FactType>);
  });
}

/** @throws Exit usage, with the name that was perhaps meant */
function named(name: string): CatalogueEntry {
  const commands = [...commandTable.values()];
  const found = commandTable.get(name) ?? commands.find(({ type }) => type === name);
  if (found !== undefined) return found;
  const close = nearest(name, [...commandTable.keys(), ...commands.map(({ type }) => type)]);
  const hint = close === null ? '`daybook schema` lists them' : `did you mean ${close}?`;
  throw new Exit(EXIT.usage, `there is no command "${name}"; ${hint}`);
}

/** @throws Exit usage: no JSON, a member twice, or what the command's codec does not take */
function dataOf({ data: codec, command }: CatalogueEntry, bytes: Buffer): unknown {
  const decoded = codec.decode(jsonOf(bytes));
  if (!isLeft(decoded)) return decoded.right;
  const schema = `daybook schema ${command}`;
  throw new Exit(EXIT.usage, `data.${firstProblem(decoded.left)}; what it may be: ${schema}`);
}

async function bytesOf(given: string): Promise<Buffer> {
  if (given.startsWith('@')) return fileBytes(given.slice(1));
  if (given !== '-') return Buffer.from(given);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const wrong = (what: string): Exit => new Exit(EXIT.usage, `the data of the command: ${what}`);

function jsonOf(bytes: Buffer): unknown {
  if (bytes.length > MAX_COMMAND_BYTES)
    throw wrong(`${bytes.length} bytes; a command has ${MAX_COMMAND_BYTES} at most`);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw wrong(`no JSON: ${(error as SyntaxError).message}`);
  }
  const { problem, members } = checkJsonValue(value);
  if (problem !== null) throw wrong(problem);
  // Lines may break between members here; what is sent is one line.
  const inOneLine = Buffer.from(bytes.toString('utf8').replaceAll(/[\r\n]/g, ' '));
  if (members !== scanJson(inOneLine).members) throw wrong('an object names one member twice');
  return value;
}
