/** The schema of an explanation as people read it. */
import { actorId } from '../../events/codecs.ts';
import type { Block, Line, Part, Piece, Telling } from '../../roles/explain/telling/telling.ts';
import type { AnyShape, Shape } from './shape.ts';
import { boolean, count, many, members, orNull, shape, string, words } from './shape.ts';

/** These members, of which some may be missing. */
function some(required: readonly string[], of: Readonly<Record<string, AnyShape>>): AnyShape {
  const whole = members(of);
  return { ...whole, schema: { ...whole.schema, required: [...required] } };
}

const oneOf = <A>(...shapes: readonly AnyShape[]): Shape<A> =>
  shape({ anyOf: shapes.map(({ schema }) => schema) });

const piece = oneOf<Piece>(
  string,
  members({ text: string, tone: words('good', 'bad', 'warn', 'quiet', 'strong') }),
  members({ entry: count }),
  some(['party'], { party: members({ participant: actorId, name: string }), isAsked: boolean }),
  some(['digest'], { digest: string, shown: count }),
  some(['why', 'of'], { why: string, of: string, text: string }),
);
const line: Shape<Line> = many(piece);

const block = oneOf<Block>(
  members({ facts: many(members({ name: string, value: line })) }),
  members({ head: many(string), rows: many(many(line)) }),
  members({ text: line }),
);

const part: Shape<Part> = members({ heading: orNull(string), blocks: many(block) });

export const tellingView: Shape<Telling> = members({ title: line, parts: many(part) });
