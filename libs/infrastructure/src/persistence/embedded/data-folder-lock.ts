import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockHolder {
  readonly pid: number;
  /** Distinguishes a process from a later one that got the same number. */
  readonly startedAt: string;
}

/** Two processes on one embedded data folder lose rows without an error, and the engine itself does not notice. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
  constructor(folder: string, holder: LockHolder) {
    super(
      `The data folder ${folder} is in use by process ${holder.pid}. The embedded profile runs one process on a data folder: stop that process, or choose another folder with AEGIS_DATA_DIR.`,
    );
  }
}

/** A lock file with the holder's process and start time; what a killed process left is taken over. */
export class DataFolderLock {
  private constructor(private readonly path: string) {}

  static acquire(folder: string): DataFolderLock {
    const path = join(folder, 'aegis.lock');
    const me: LockHolder = { pid: process.pid, startedAt: startTime(process.pid) ?? '' };
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        writeFileSync(path, JSON.stringify(me), { flag: 'wx', mode: 0o600 });
        return new DataFolderLock(path);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
        const holder = readHolder(path);
        if (holder !== null && startTime(holder.pid) === holder.startedAt) throw new DataFolderInUse(folder, holder);
        rmSync(path, { force: true });
      }
    }
    throw new Error(`the lock file ${path} comes back as soon as it is removed`);
  }

  release(): void {
    rmSync(this.path, { force: true });
  }
}

function readHolder(path: string): LockHolder | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockHolder;
  } catch {
    return null; // written halfway by a process that died: nobody holds it
  }
}

/** Linux: clock ticks since boot at which the process started, field 22 of its stat. Elsewhere a live process counts as started "unknown". */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return isAlive(pid) ? 'unknown' : null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
