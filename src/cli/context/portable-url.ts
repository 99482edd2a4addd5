/** The address of a ledger as a context keeps it: good in any folder, and without a secret. */
import { resolve } from 'node:path';
import { folderOf } from '../../adapters/open.ts';
import { addressOf } from '../../adapters/nats/address.ts';
import { EXIT, Exit } from '../terminal/exit.ts';

/** Parameters that name a seed file. */
const FILES = ['nkey', 'desk'];

/** @throws Exit usage: secret_in_context, or it is no address of a ledger */
export function portableUrl(url: string): string {
  if (url.startsWith('file:')) return `file:${resolve(folderOf(url))}`;
  if (!url.startsWith('nats://'))
    throw new Exit(EXIT.usage, `--log: "${url}" is neither file:<folder> nor nats://host:port`);
  const { login, desk } = addressOf(url);
  if (login?.kind === 'password' || desk?.kind === 'password' || url.includes('@'))
    throw new Exit(EXIT.usage, 'the --log of a context would hold a password', 'secret_in_context');
  const [address, query] = url.split('?');
  if (query === undefined) return url;
  const parameters = query.split('&').map((one) => {
    const [name = '', value = ''] = one.split('=');
    return FILES.includes(name) ? `${name}=${resolve(decodeURIComponent(value))}` : one;
  });
  return `${address}?${parameters.join('&')}`;
}
