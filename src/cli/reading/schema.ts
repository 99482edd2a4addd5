/** `daybook schema`: what other programs validate and generate code from. */
import type { Command } from 'commander';
import { asyncApiOf } from '../../explorer/asyncapi/document.ts';
import { apiRoutes } from '../../explorer/routes.ts';
import { schemaBundle, schemas } from '../../roles/schemas.ts';
import { outputSchemas } from '../reference/output-schemas.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { nearest } from '../terminal/nearest.ts';
import { print, printJson } from '../terminal/output.ts';

/** Of the document that holds them all together with where they go. */
const ASYNCAPI = 'asyncapi';

interface SchemaOptions {
  readonly all?: true;
}

export function registerSchema(program: Command): void {
  program
    .command('schema')
    .description(
      'print the JSON Schema of an event, command, reply or output, or the AsyncAPI document',
    )
    .argument(
      '[name]',
      'such as event/daybook.run.planned.v1, plan-run, reply, output/run-status or asyncapi; ' +
        'without one they are listed',
    )
    .option('--all', 'all of them in one document')
    .action((name: string | undefined, { all }: SchemaOptions) => {
      const outputs = outputSchemas(program);
      const known = new Map([...schemas, ...outputs]);
      if (all === true) printJson(schemaBundle(outputs));
      else if (name === undefined) for (const one of [...known.keys(), ASYNCAPI]) print(one);
      else if (name === ASYNCAPI) printJson(asyncApiOf(apiRoutes));
      else printJson(schemaNamed(name, known));
    });
}

/** @throws Exit usage, with the name that was perhaps meant */
function schemaNamed(name: string, known: ReadonlyMap<string, object>): object {
  const full = [name, `event/${name}`, `command/${name}`, `output/${name}`].find((one) =>
    known.has(one),
  );
  if (full !== undefined) return known.get(full) as object;
  const close = nearest(name, [...known.keys(), ASYNCAPI]);
  const hint = close === null ? 'see `daybook schema`' : `did you mean ${close}?`;
  throw new Exit(EXIT.usage, `no schema has the name "${name}"; ${hint}`);
}
