/** `daybook schema`: what other programs validate and generate code from. */
import type { Command } from 'commander';
import { asyncApiOf } from '../../explorer/asyncapi/document.ts';
import { apiRoutes } from '../../explorer/routes.ts';
import { schemaBundle, schemas } from '../../roles/schemas.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { nearest } from '../terminal/nearest.ts';
import { print, printJson } from '../terminal/output.ts';

/** Of the document that holds them all together with where they go. */
const ASYNCAPI = 'asyncapi';
const NAMES: readonly string[] = [...schemas.keys(), ASYNCAPI];

interface SchemaOptions {
  readonly all?: true;
}

export function registerSchema(program: Command): void {
  program
    .command('schema')
    .description(
      'print the JSON Schema of an event, a command, a reply, or asyncapi: all that goes over NATS',
    )
    .argument('[name]', 'such as event/daybook.run.planned.v1, plan-run or reply; none: list them')
    .option('--all', 'all of them in one document')
    .action((name: string | undefined, { all }: SchemaOptions) => {
      if (all === true) printJson(schemaBundle());
      else if (name === undefined) for (const known of NAMES) print(known);
      else if (name === ASYNCAPI) printJson(asyncApiOf(apiRoutes));
      else printJson(schemaNamed(name));
    });
}

/** @throws Exit usage, with the name that was perhaps meant */
function schemaNamed(name: string): object {
  const full = [name, `event/${name}`, `command/${name}`].find((one) => schemas.has(one));
  if (full !== undefined) return schemas.get(full) as object;
  const close = nearest(name, NAMES);
  const hint = close === null ? 'see `daybook schema`' : `did you mean ${close}?`;
  throw new Exit(EXIT.usage, `no schema has the name "${name}"; ${hint}`);
}
