/** docker-compose.yml as what it starts: commands of services, with Compose's `$$` undone. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface ComposeService {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?:
    Readonly<Record<string, { readonly condition: string }>> | readonly string[];
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const path = new URL('../../docker-compose.yml', import.meta.url);

/** Anchors and merge keys are resolved. @throws Error where it is no YAML */
export const readComposeFile = (): ComposeFile =>
  parse(readFileSync(path, 'utf8'), { merge: true }) as ComposeFile;

/** Entrypoint and command of a service. */
export const commandOf = ({ entrypoint = [], command = [] }: ComposeService): string[] =>
  [...entrypoint, ...command].map((part) => part.replaceAll('$$', '$'));
