import { CHAINS, type Candidate } from './candidates';
import { PeerProcess } from './peer-process';

export interface Loaded {
  /** Wall time. Two are loaded at a time, on different processors. */
  readonly seconds: number;
  readonly memoryBytes: number;
  readonly diskBytes: number | null;
}

export interface Opened {
  /** In the order of the list. */
  readonly processes: readonly PeerProcess[];
  readonly loaded: ReadonlyMap<Candidate, Loaded>;
  /** A peer that could not be opened or loaded here, and why. */
  readonly skipped: ReadonlyMap<Candidate, string>;
}

/** `ours`: when AEGIS has loaded. Throws where one of ours cannot be opened: without it there is nothing to compare. */
export async function openCandidates(folder: string, ours: Promise<unknown>): Promise<Opened> {
  const processes: PeerProcess[] = [];
  const loaded = new Map<Candidate, Loaded>();
  const skipped = new Map<Candidate, string>();

  const open = async (candidate: Candidate): Promise<void> => {
    let opened: PeerProcess | undefined;
    try {
      opened = await PeerProcess.open(candidate, folder);
      loaded.set(candidate, await opened.load());
      processes.push(opened);
      process.stderr.write(`ready: ${candidate.name}\n`);
    } catch (error) {
      await opened?.close();
      if ('own' in candidate.module) throw error;
      skipped.set(candidate, reasonOf(error));
      process.stderr.write(`skipped: ${candidate.name}, ${reasonOf(error)}\n`);
    }
  };
  await Promise.all(
    CHAINS.map(async (chain) => {
      if (chain.some(({ module }) => 'own' in module)) await ours;
      for (const candidate of chain) await open(candidate);
    }),
  );
  const order = CHAINS.flat();
  processes.sort((a, b) => order.indexOf(a.candidate) - order.indexOf(b.candidate));
  return { processes, loaded, skipped };
}

function reasonOf(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return /Cannot find (?:package|module)/.test(first) ? 'not installed: its package could not be fetched or built here' : first;
}
