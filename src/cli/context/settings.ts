/**
 * What a verb can be told once instead of each time. A flag wins over the environment, that over the
 * context, that over the default; one table says by which names each is known.
 */

export interface SettingNames {
  /** In the environment. */
  readonly variable: string;
  /** What it is in a context. */
  readonly doc: string;
}

export const SETTINGS = {
  log: {
    variable: 'DAYBOOK_LOG',
    doc: 'where the ledger is: file:<folder> or nats://host:4222?nkey=<seed file>',
  },
  ledger: { variable: 'DAYBOOK_LEDGER', doc: 'name of the ledger at --log' },
  key: { variable: 'DAYBOOK_KEY', doc: 'path of the seed file to act with; the seed stays there' },
  verifier: {
    variable: 'DAYBOOK_VERIFIER',
    doc: 'verifier key of the authority that is trusted: <name>+<id>+<base64>',
  },
  head: {
    variable: 'DAYBOOK_HEAD',
    doc: 'file in which audits remember the head they saw; needs --verifier',
  },
} as const satisfies Record<string, SettingNames>;

export type Setting = keyof typeof SETTINGS;

export const settingNames = Object.keys(SETTINGS) as readonly Setting[];

export const CONTEXT_VARIABLE = 'DAYBOOK_CONTEXT';
/** Instead of a name: no context, whichever is in use. */
export const NO_CONTEXT = 'none';

/** An environment in which a process has only the settings that it is given as flags. */
export function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const rest = { ...environment };
  for (const { variable } of Object.values(SETTINGS)) delete rest[variable];
  return { ...rest, [CONTEXT_VARIABLE]: NO_CONTEXT };
}
