/**
 * The folder of an embedded ledger: `log.sqlite` (the truth), `log.head` (how far it got),
 * `artifacts/<aa>/<hex>`, `channel.sqlite` (requests and steps under way), and of its authorities
 * `leadership.sqlite` and a `life-*` file each. One folder holds one ledger.
 */
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../commands/ports/fault.ts';

export const logPath = (folder: string): string => join(folder, 'log.sqlite');
export const channelPath = (folder: string): string => join(folder, 'channel.sqlite');
export const leadershipPath = (folder: string): string => join(folder, 'leadership.sqlite');
export const lifePath = (folder: string, holder: string): string => join(folder, `life-${holder}`);
export const artifactsPath = (folder: string): string => join(folder, 'artifacts');

/** The error codes of the file system that mean more than "cannot be used now". */
export function fileFault(path: string, error: unknown): Fault {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = `${path}: ${String(code)}`;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Fault('storage_full', `${message}. Free disk space; nothing was stored.`, {
      retryable: false,
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new Fault('permission_denied', `${message}. Check who may write there.`, {
      retryable: false,
      cause: error,
    });
  }
  return new Fault('log_unavailable', `${message}. The folder cannot be used now.`, {
    retryable: true,
    cause: error,
  });
}

/** @throws Fault log_not_found, when the folder holds no ledger and none is to be created */
export async function prepareFolder(folder: string, create: boolean): Promise<void> {
  if (create) {
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw fileFault(folder, error);
    });
    return;
  }
  await access(logPath(folder)).catch((error: unknown) => {
    throw new Fault('log_not_found', `There is no ledger in ${folder}.`, {
      retryable: false,
      cause: error,
    });
  });
}
