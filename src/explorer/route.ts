/**
 * What a route is: one declaration from which the server takes the handler, the checks of what a
 * request says, and OpenAPI its operation. What is not asked for properly is refused, never guessed;
 * nothing in a path reaches the file system or the log.
 */
import type { JsonSchema } from '../events/codecs.ts';
import type { HttpErrorCode } from './reply.ts';
import { HttpError } from './reply.ts';
import type { Visit } from './visit.ts';

/** Of the path where the template has `{name}`, else of the query. */
export interface Parameter<A> {
  readonly doc: string;
  readonly schema: JsonSchema;
  /** Null: the request may leave it out. */
  readonly required: string | null;
  /** Undefined: that is no value of it. */
  readonly read: (text: string) => A | undefined;
  /** What it is when it is left out. */
  readonly otherwise: A | undefined;
  /** In a path: of any number of segments. */
  readonly spans?: true;
  /** For people, of a value that cannot be read. */
  readonly wants: string;
}

type Parameters = Readonly<Record<string, Parameter<never> | Parameter<unknown>>>;
type Values<P> = { readonly [K in keyof P]: P[K] extends Parameter<infer A> ? A : never };

/** Of an answer with status 200, in one of these media types. */
export interface AnswerDeclaration {
  readonly doc: string;
  readonly types: Readonly<Record<string, JsonSchema>>;
  /** Says in `daybook-size` and `daybook-root` which entries it speaks of. */
  readonly isOfEntries?: true;
  /** Answers `Range` with 206. */
  readonly hasRanges?: true;
  /** Further headers, by name. */
  readonly headers?: Readonly<Record<string, string>>;
}

export type Tag = 'ledger' | 'entries' | 'proofs' | 'artifacts' | 'rewards' | 'service' | 'page';

export interface Route {
  /** `{name}` stands for one segment, or a part of one. */
  readonly path: string;
  /** Name of the operation, in camel case. */
  readonly id: string;
  readonly tag: Tag;
  /** One sentence. */
  readonly doc: string;
  readonly parameters: Parameters;
  readonly answer: AnswerDeclaration;
  /** Besides those that any request can meet. */
  readonly errors: readonly HttpErrorCode[];
  readonly handle: (visit: Visit, values: never) => void | Promise<void>;
}

type Declared<P> = Omit<Route, 'parameters' | 'handle'> & {
  readonly parameters: P;
  readonly handle: (visit: Visit, values: Values<P>) => void | Promise<void>;
};

/** Ties the handler's values to the parameters. */
export const route = <const P extends Parameters>(declared: Declared<P>): Route => declared;

const HOLE = /\{(\w+)\}/g;

/** Names in the path, in order. */
export const holesOf = (path: string): string[] =>
  [...path.matchAll(HOLE)].map(([, name]) => name as string);

interface Found {
  readonly route: Route;
  readonly inPath: Readonly<Record<string, string>>;
}

/** Looks routes up by path: exact ones first, then templates in their order. */
export class Router {
  readonly #exact: ReadonlyMap<string, Route>;
  readonly #templates: readonly (readonly [RegExp, Route])[];

  constructor(routes: readonly Route[]) {
    this.#exact = new Map(
      routes.filter(({ path }) => holesOf(path).length === 0).map((one) => [one.path, one]),
    );
    this.#templates = routes
      .filter(({ path }) => holesOf(path).length > 0)
      .map((one) => [patternOf(one), one]);
  }

  /** @param path as it stands in the request, without its query */
  find(path: string): Found | null {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return { route: exact, inPath: {} };
    for (const [pattern, found] of this.#templates) {
      const match = pattern.exec(path);
      if (match !== null) return { route: found, inPath: { ...match.groups } };
    }
    return null;
  }
}

function patternOf({ path, parameters }: Route): RegExp {
  const parts = path
    .split(HOLE)
    .map((part, index) =>
      index % 2 === 0
        ? part.replace(/[.]/g, '\\.')
        : `(?<${part}>${parameters[part]?.spans === true ? '.+' : '[^/]+'})`,
    );
  return new RegExp(`^${parts.join('')}$`);
}

/**
 * @param inPath as it stands in the request, escapes included: no value needs any
 * @throws HttpError unknown_parameter | bad_parameter, not_found for what a path cannot have
 */
export function valuesOf(
  { parameters }: Route,
  inPath: Readonly<Record<string, string>>,
  query: URLSearchParams,
): Readonly<Record<string, unknown>> {
  const known = Object.keys(parameters).filter((name) => inPath[name] === undefined);
  for (const name of query.keys()) {
    if (!known.includes(name))
      throw new HttpError(
        400,
        'unknown_parameter',
        known.length === 0
          ? 'no parameter is known here'
          : `known parameters are ${known.join(', ')}`,
      );
    if (query.getAll(name).length > 1)
      throw new HttpError(400, 'bad_parameter', `${name} is given twice`);
  }
  const values = Object.entries(parameters).map(([name, parameter]) => {
    const text = inPath[name] ?? query.get(name);
    if (text === null && parameter.required !== null)
      throw new HttpError(400, 'bad_parameter', `${name} is missing: ${parameter.required}`);
    const value = text === null ? parameter.otherwise : parameter.read(text);
    if (text === null || value !== undefined) return [name, value];
    const why = `${name} is ${parameter.wants}`;
    if (inPath[name] !== undefined) throw new HttpError(404, 'not_found', why);
    throw new HttpError(400, 'bad_parameter', why);
  });
  return Object.fromEntries(values) as Record<string, unknown>;
}
