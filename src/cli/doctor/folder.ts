/** An embedded ledger's folder: there, writable, ours alone, and how SQLite keeps it. */
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { logPath } from '../../adapters/embedded/folder.ts';
import type { DoctorFinding } from './finding.ts';
import { fail, messageOf, ok, warn } from './finding.ts';

/** A larger file takes long to check page by page. */
const QUICK_CHECK_BYTES_MAX = 256 * 2 ** 20;
const SKEW_MS_MAX = 5000;

export function* folderFindings(folder: string): Iterable<DoctorFinding> {
  if (!existsSync(folder)) {
    yield fail('folder', `${folder} is not there`, 'check --log, or start a run: daybook up');
    return;
  }
  yield writable(folder);
  yield ownership(folder);
  yield sqlite(logPath(folder));
}

/** By writing: modes do not tell of read-only mounts and full disks. */
function writable(folder: string): DoctorFinding {
  const probe = join(folder, `.doctor-${process.pid}`);
  try {
    const beforeMs = Date.now();
    writeFileSync(probe, 'x', { flag: 'wx' });
    const skewMs = statSync(probe).mtimeMs - beforeMs;
    return Math.abs(skewMs) <= SKEW_MS_MAX
      ? ok('folder', `${folder} is writable`)
      : warn(
          'folder',
          `${folder} is on a file system whose clock is ${Math.round(skewMs / 1000)} s off`,
          'keep an embedded ledger on a local disk: SQLite does not work over most network ones',
        );
  } catch (error) {
    return fail('folder', messageOf(error), 'let the user that runs the roles write there');
  } finally {
    rmSync(probe, { force: true });
  }
}

function ownership(folder: string): DoctorFinding {
  const mode = statSync(folder).mode & 0o777;
  const detail = `mode ${mode.toString(8)}`;
  return process.platform === 'win32' || (mode & 0o022) === 0
    ? ok('folder access', detail)
    : warn('folder access', `${detail}: others may change the ledger`, `run: chmod go-w ${folder}`);
}

function sqlite(path: string): DoctorFinding {
  if (!existsSync(path))
    return fail('sqlite', `there is no ${path}`, 'check --log, or start a run: daybook up');
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    const one = (sql: string): string => String(Object.values(db?.prepare(sql).get() ?? {})[0]);
    const journal = one('PRAGMA journal_mode');
    const detail = `SQLite ${one('SELECT sqlite_version()')}, journal ${journal}, appends with synchronous = FULL`;
    if (journal !== 'wal')
      return fail('sqlite', detail, 'the log wants WAL: keep it on a local disk and open it again');
    if (statSync(path).size > QUICK_CHECK_BYTES_MAX) return ok('sqlite', detail);
    const found = one('PRAGMA quick_check(1)');
    return found === 'ok'
      ? ok('sqlite', `${detail}, pages sound`)
      : fail('sqlite', `${detail}: ${found}`, 'restore a copy; audit it before going on');
  } catch (error) {
    return fail(
      'sqlite',
      `${path}: ${messageOf(error)}`,
      'restore a copy; audit it before going on',
    );
  } finally {
    db?.close();
  }
}
