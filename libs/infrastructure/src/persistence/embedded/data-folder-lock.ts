import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { errorCode } from '../../system/error-code';

const SOCKET_FOLDER = /^aegis-[0-9a-f]{16}$/;

/** Not made yet. Short, because a socket's path may have 107 characters only. */
export const newSocketFolder = (): string => join(tmpdir(), `aegis-${randomBytes(8).toString('hex')}`);

interface LockHolder {
  readonly pid: number;
  /** Distinguishes a process from a later one that got the same number. */
  readonly startedAt: string;
  /** Empty where there is none. */
  readonly socketFolder: string;
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

/**
 * A lock file with the holder's process and start time, whole from its first moment; what a killed process left is taken over, with the
 * socket folder that it left.
 */
export class DataFolderLock {
  private constructor(
    private readonly path: string,
    private readonly content: string,
  ) {}

  /** `socketFolder` need not exist yet: whoever takes over from us removes it. Throws DataFolderInUse. */
  static acquire(folder: string, socketFolder: string): DataFolderLock {
    const me: LockHolder = { pid: process.pid, startedAt: startTime(process.pid) ?? '', socketFolder };
    // The random part makes no two locks alike, also of one process.
    const content = JSON.stringify({ ...me, id: randomUUID() });
    const path = join(folder, 'aegis.lock');
    take(folder, path, content);
    return new DataFolderLock(path, content);
  }

  release(): void {
    if (readIfThere(this.path) === this.content) rmSync(this.path, { force: true });
  }
}

/** The lock on the right to replace one certain stale lock. A file of its own for each: who read an older one cannot replace a newer one. */
export const claimPath = (path: string, stale: string): string =>
  `${path}.${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`;

function take(folder: string, path: string, content: string): void {
  for (;;) {
    if (placed(path, content, linkSync)) return;
    const found = readIfThere(path);
    if (found === null) continue; // released in between
    const holder = holderIn(found);
    if (holder !== null && startTime(holder.pid) === holder.startedAt) throw new DataFolderInUse(folder, holder);
    const claim = claimPath(path, found);
    take(folder, claim, content);
    // Only the claim's owner replaces this stale lock, and the lock is never absent in between.
    const isStill = readIfThere(path) === found;
    if (isStill) {
      if (holder !== null) removeSocketFolder(holder);
      placed(path, content, renameSync);
    }
    rmSync(claim, { force: true });
    if (isStill) return;
  }
}

/** A file with all of its content at once: written under a name that nobody reads, then given its own. False when that is taken. */
function placed(path: string, content: string, give: (from: string, to: string) => void): boolean {
  const temporary = `${path}.${process.pid}.${randomUUID()}`;
  writeFileSync(temporary, content, { flag: 'wx', mode: 0o600 });
  try {
    give(temporary, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Null for what no process of ours wrote to its end: nobody holds it. */
function holderIn(content: string): LockHolder | null {
  try {
    const { pid, startedAt, socketFolder } = JSON.parse(content) as Partial<LockHolder>;
    if (typeof pid !== 'number' || typeof startedAt !== 'string') return null;
    return { pid, startedAt, socketFolder: typeof socketFolder === 'string' ? socketFolder : '' };
  } catch {
    return null;
  }
}

/** Only a name that we give ourselves: a lock file must not be able to remove anything else. */
function removeSocketFolder({ socketFolder }: LockHolder): void {
  if (SOCKET_FOLDER.test(basename(socketFolder))) rmSync(socketFolder, { recursive: true, force: true });
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
    return errorCode(error) === 'EPERM';
  }
}
