/**
 * Who sends and who receives on which channel, read off the permissions that a server is given: what
 * a role may not do is no operation of it.
 */
import {
  artifactsBucket,
  leadStream,
  logStream,
  permissionsWith,
  stepsConsumer,
  stepsStream,
  subjectsOf,
  TEMPLATE,
} from '../../adapters/nats/declarations.ts';
import type { JsonSchema } from '../../events/codecs.ts';
import type { ChannelDeclaration } from './channels.ts';
import { REPLIES } from './channels.ts';

/** Subjects of the server's own protocol: how streams are kept and read, not what goes through them. */
export const isOfServer = (subject: string): boolean =>
  subject.startsWith('$JS.') || subject.startsWith(`${subjectsOf(TEMPLATE).origin}.`);

const isHole = (token: string): boolean => token === '*' || /^\{\w+\}$/.test(token);

/** Whether a subject can fit both; `{name}` stands for any one token. */
export function overlap(a: string, b: string): boolean {
  const [left, right] = [a.split('.'), b.split('.')];
  for (let i = 0; ; i += 1) {
    const [l, r] = [left[i], right[i]];
    if (l === undefined && r === undefined) return true;
    if (l === undefined || r === undefined) return false;
    if (l === '>' || r === '>') return true;
    if (l !== r && !isHole(l) && !isHole(r)) return false;
  }
}

export interface RoleSubjects {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  readonly responses: boolean;
}

/** What each login of a server with accounts may do, `{ledger}`, `{login}` and the like left open. */
export function subjectsOfRoles(): ReadonlyMap<string, RoleSubjects> {
  const { bucket } = artifactsBucket(TEMPLATE);
  const { step, ...subjects } = subjectsOf(TEMPLATE);
  const { rights, roles } = permissionsWith({
    ...subjects,
    anyStep: step,
    ownSteps: stepsConsumer(TEMPLATE, '{addressee}' as never).filter_subject ?? '',
    artifacts: `$O.${bucket}`,
    logStream: logStream(TEMPLATE).name,
    leadStream: leadStream(TEMPLATE).name,
    stepsStream: stepsStream(TEMPLATE).name,
    artifactsStream: `OBJ_${bucket}`,
  });
  return new Map(
    Object.entries(roles).map(([role, { rights: names }]) => {
      const own = names.flatMap((name) => rights[name] ?? []);
      return [
        role,
        {
          publish: own.flatMap(({ publish = [] }) => publish),
          subscribe: own.flatMap(({ subscribe = [] }) => subscribe),
          responses: own.some(({ responses }) => responses === true),
        },
      ];
    }),
  );
}

/** Reading a stream is asking the server for it. */
const reads = ({ publish }: RoleSubjects, { stream }: ChannelDeclaration): boolean =>
  stream !== undefined &&
  publish.some((subject) =>
    ['CONSUMER.CREATE', 'STREAM.MSG.GET'].some((call) =>
      `${subject}.`.startsWith(`$JS.API.${call}.${stream.name}.`),
    ),
  );

function actionsOf(
  role: RoleSubjects,
  name: string,
  channel: ChannelDeclaration,
): ('send' | 'receive')[] {
  const { publish, subscribe, responses } = role;
  const sends =
    publish.some((subject) => !isOfServer(subject) && overlap(subject, channel.subject)) ||
    (responses && name === REPLIES);
  const receives =
    subscribe.some((subject) => overlap(subject, channel.subject)) || reads(role, channel);
  return [...(sends ? (['send'] as const) : []), ...(receives ? (['receive'] as const) : [])];
}

const ref = (...path: string[]): JsonSchema => ({
  $ref: `#/${path.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`,
});

export function operationsOf(channels: Readonly<Record<string, ChannelDeclaration>>): JsonSchema {
  const operations: Record<string, JsonSchema> = {};
  for (const [role, allowed] of subjectsOfRoles())
    for (const [name, channel] of Object.entries(channels))
      for (const action of actionsOf(allowed, name, channel))
        operations[`${role}-${action}-${name}`] = {
          action,
          channel: ref('channels', name),
          summary: `${role}: ${channel.doc}`,
          tags: [{ name: role }],
          bindings: { nats: { bindingVersion: '0.1.0' } },
          ...(channel.answers === undefined
            ? {}
            : {
                reply: {
                  channel: ref('channels', REPLIES),
                  messages: channel.answers.map((one) => ref('channels', REPLIES, 'messages', one)),
                },
              }),
        };
  return operations;
}
