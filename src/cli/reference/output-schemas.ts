/**
 * The JSON Schemas of what verbs print, off their declarations: `output/<verb>` of `-o json`, and
 * `output/<verb>/line` of a line of `-o jsonl`.
 */
import type { Command } from 'commander';
import type { JsonSchema } from '../../events/codecs.ts';
import { named } from '../../roles/schemas.ts';
import type { AnyOutput } from '../terminal/declared-output.ts';
import { outputOf } from '../terminal/declared-output.ts';

interface DeclaredVerb {
  /** `run-status` */
  readonly name: string;
  readonly words: readonly string[];
  readonly output: AnyOutput;
}

export function declaredVerbs(command: Command, words: readonly string[] = []): DeclaredVerb[] {
  const output = outputOf(command);
  const own = output === undefined ? [] : [{ name: words.join('-'), words, output }];
  return [...own, ...command.commands.flatMap((one) => declaredVerbs(one, [...words, one.name()]))];
}

export const outputSchemas = (program: Command): ReadonlyMap<string, JsonSchema> =>
  new Map(
    declaredVerbs(program).flatMap(({ name, words, output }) => {
      const verb = `daybook ${words.join(' ')}`;
      return [
        [
          `output/${name}`,
          { title: `${verb} -o json`, description: output.doc, ...output.shape.schema },
        ],
        [`output/${name}/line`, { title: `A line of ${verb} -o jsonl`, ...output.rowShape.schema }],
      ].map(
        ([key, schema]) => [key as string, named(key as string, schema as JsonSchema)] as const,
      );
    }),
  );
