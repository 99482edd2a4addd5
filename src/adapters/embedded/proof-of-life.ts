/**
 * Proof that a process lives, on one machine: a file that it keeps locked. The system lets go of the
 * lock when the process ends, however it ends, so whoever finds the file unlocked knows for certain
 * that its process is gone. A process that is merely stopped keeps it. (SQLite's locks are advisory
 * locks of the system; its files are the portable way to take them.)
 */
import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isBusy } from './sqlite-fault.ts';

export class ProofOfLife {
  readonly #path: string;
  readonly #lock: DatabaseSync;

  /** Until `end`, or until the process ends. The path must be this holder's alone. */
  constructor(path: string) {
    this.#path = path;
    this.#lock = new DatabaseSync(path);
    this.#lock.exec('BEGIN EXCLUSIVE');
  }

  end(): void {
    this.#lock.close();
    rmSync(this.#path, { force: true });
  }
}

/** Whether whoever held the proof is gone; what it left behind is removed. */
export function isGone(path: string): boolean {
  if (!existsSync(path)) return true;
  const probe = new DatabaseSync(path, { timeout: 0 });
  try {
    probe.exec('BEGIN IMMEDIATE; ROLLBACK');
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  } finally {
    probe.close();
  }
  rmSync(path, { force: true });
  return true;
}
