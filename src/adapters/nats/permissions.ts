/**
 * The accounts of a NATS server for one ledger: every party's login with the least it needs, from
 * `streams/permissions.json` and the subjects of the other declarations.
 *
 * Two accounts, for in one alone nobody can be kept out of the log: whoever may ask the server
 * anything names the subject its answer goes to, and whoever may make a consumer names where it
 * delivers, and neither is held against his permissions. So the log is alone in LOG, where only
 * the authority logs in. PARTIES has a mirror of it and what needs no such guard: commands are
 * signed, artifacts are named by their digest, steps only point into the ledger.
 */
import assert from 'node:assert';
import {
  artifactsBucket,
  leadStream,
  logStream,
  permissionsWith,
  stepsConsumer,
  stepsStream,
  subjectsOf,
  type ServerRole,
} from './declarations.ts';
import type { ActorId, LedgerId } from '../../events/ids.ts';

export interface Party {
  readonly role: ServerRole;
  readonly name: string;
  /** Who it is in the ledger; its key logs it in, unless `password` does. */
  readonly actor: ActorId;
  /** Logs in by name and password; the server reads it from this variable of its environment. */
  readonly passwordVariable?: string;
}

export interface Allowed {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Whether it may answer where it was asked to, once a question. */
  readonly responses: boolean;
}

/** A wildcard or a dot in a name would be a right over others' inboxes. */
const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;
export const isLoginName = (text: string): boolean => TOKEN.test(text);

const loginOf = ({ name, actor, passwordVariable }: Party): string =>
  passwordVariable === undefined ? actor : name;

/** What one party may publish and subscribe to. */
export function allowedTo(ledger: LedgerId, party: Party): Allowed {
  const login = loginOf(party);
  assert(isLoginName(login) && isLoginName(party.actor), `not a name for a login: ${login}`);
  const { command, query, read, service, log, lead, step, origin, mirrored } = subjectsOf(ledger);
  const { bucket } = artifactsBucket(ledger);
  const { rights, roles } = permissionsWith({
    command,
    query,
    read,
    service,
    log,
    lead,
    origin,
    mirrored,
    login,
    actor: party.actor,
    anyStep: step.replace(/\{\w+\}/g, '*'),
    ownSteps: stepsConsumer(ledger, party.actor).filter_subject ?? '',
    artifacts: `$O.${bucket}`,
    logStream: logStream(ledger).name,
    leadStream: leadStream(ledger).name,
    stepsStream: stepsStream(ledger).name,
    artifactsStream: `OBJ_${bucket}`,
  });
  const own = roles[party.role].rights.map((name) => {
    const right = rights[name];
    assert(right !== undefined, `no such right: ${name}`);
    return right;
  });
  return {
    publish: own.flatMap(({ publish = [] }) => publish),
    subscribe: own.flatMap(({ subscribe = [] }) => subscribe),
    responses: own.some(({ responses }) => responses === true),
  };
}

const quoted = (subjects: readonly string[]): string[] =>
  subjects.map((subject) => `            ${JSON.stringify(subject)}`);

function userBlock(ledger: LedgerId, party: Party): string[] {
  const { name, role, actor, passwordVariable } = party;
  const { publish, subscribe, responses } = allowedTo(ledger, party);
  const login =
    passwordVariable === undefined
      ? `nkey: ${actor}`
      : `user: ${JSON.stringify(name)}, password: $${passwordVariable}`;
  return [
    `      # ${role}: ${name}`,
    `      {`,
    `        ${login}`,
    `        permissions: {`,
    `          publish: { allow: [`,
    ...quoted(publish),
    `          ] }`,
    `          subscribe: { allow: [`,
    ...quoted(subscribe),
    `          ] }`,
    ...(responses ? [`          allow_responses: { max: 1, expires: "1m" }`] : []),
    `        }`,
    `      }`,
  ];
}

/** The `accounts` block of a server's configuration, for the given parties of one ledger. */
export function accountsBlock(ledger: LedgerId, parties: readonly Party[]): string {
  const { origin, mirrored } = subjectsOf(ledger);
  const { name } = logStream(ledger);
  const { roles } = permissionsWith({});
  const shared = [`CONSUMER.CREATE.${name}`, `CONSUMER.CREATE.${name}.>`, `STREAM.MSG.GET.${name}`];
  const users = (account: 'LOG' | 'PARTIES'): string[] =>
    parties
      .filter(({ role }) => roles[role].account === account)
      .flatMap((party) => userBlock(ledger, party));
  return [
    `# Who may do what on the server of the ledger ${ledger}, made by daybook permissions; not to be`,
    `# edited. The log is alone in LOG, where nobody but the authority logs in; PARTIES has a mirror.`,
    `accounts {`,
    `  LOG {`,
    `    jetstream: enabled`,
    `    exports: [`,
    ...shared.map((call) => `      { service: "$JS.API.${call}", accounts: [PARTIES] }`),
    `      { stream: "${mirrored}.>", accounts: [PARTIES] }`,
    `      { service: "$JS.FC.${name}.>", accounts: [PARTIES] }`,
    `    ]`,
    `    users: [`,
    ...users('LOG'),
    `    ]`,
    `  }`,
    `  PARTIES {`,
    `    jetstream: enabled`,
    `    imports: [`,
    ...shared.map(
      (call) =>
        `      { service: { account: LOG, subject: "$JS.API.${call}" }, to: "${origin}.${call}" }`,
    ),
    `      { stream: { account: LOG, subject: "${mirrored}.>" } }`,
    `      { service: { account: LOG, subject: "$JS.FC.${name}.>" } }`,
    `    ]`,
    `    users: [`,
    ...users('PARTIES'),
    `    ]`,
    `  }`,
    `}`,
    ``,
  ].join('\n');
}
