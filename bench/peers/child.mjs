import { pathToFileURL } from 'node:url';
import { readQueries } from './adapters/reference-files.mjs';
import { backendsMs, machineMs } from './processor-time.mjs';

/**
 * The process of one candidate: opens it, loads it and asks it, as the parent says. Arguments: module with `openPeer`, variant, folder of the
 * reference set. Searches come one after the other; their rows go to the parent whole, which judges them.
 *
 * @typedef {import('./peer').Peer} Peer
 * @typedef {import('./peer').PeerRow} PeerRow
 */
const [modulePath = '', variant = '', folder = ''] = process.argv.slice(2);
/** @type {Peer | undefined} */
let peer;
/** @type {ReturnType<typeof readQueries> | undefined} */
let queries;

const thisProcessMs = () => Object.values(process.cpuUsage()).reduce((sum, part) => sum + part, 0) / 1_000;

/** Processor time so far: of what serves the peer, of its database, of this process, of everybody. @param {readonly number[]} pids */
const used = async (pids) => ({
  servingMs: (await peer?.servingCpuMs?.()) ?? thisProcessMs(),
  databaseMs: backendsMs(pids),
  clientMs: peer?.servingCpuMs === undefined ? 0 : thisProcessMs(),
  ...machineMs(),
});

const calls = {
  async open() {
    const loaded = await import(pathToFileURL(modulePath).href);
    const { openPeer } = 'openPeer' in loaded ? loaded : loaded.default;
    peer = await openPeer({ variant, folder });
    queries = readQueries(folder);
  },

  async load() {
    const startedAt = performance.now();
    await peer?.load();
    const seconds = (performance.now() - startedAt) / 1_000;
    global.gc?.();
    global.gc?.();
    return { seconds, diskBytes: (await peer?.diskBytes?.()) ?? null };
  },

  /** @param {{ asked: readonly { tenant: string, query: number }[], warmUp: readonly { tenant: string, query: number }[], k: number }} round */
  async round({ asked, warmUp, k }) {
    if (peer === undefined || queries === undefined) throw new Error('a candidate is opened before it is asked');
    const requestOf = ({ tenant, query }) => ({ tenant, k, vector: queries.vectorOf(query), question: queries.questions[query] ?? '' });
    for (const each of warmUp) await peer.search(requestOf(each));
    const requests = asked.map(requestOf);
    await peer.prepare?.(requests);
    const pids = (await peer.backends?.()) ?? [];
    /** @type {(readonly PeerRow[])[]} */
    const answers = [];
    /** @type {number[]} */
    const walls = [];
    const before = await used(pids);
    const beganAt = performance.now();
    for (const request of requests) {
      const startedAt = performance.now();
      answers.push(await peer.search(request));
      walls.push(performance.now() - startedAt);
    }
    const wallMs = performance.now() - beganAt;
    const after = await used(pids);
    const ownCpuMs = after.servingMs - before.servingMs;
    const databaseCpuMs = after.databaseMs - before.databaseMs;
    const ours = ownCpuMs + databaseCpuMs + after.clientMs - before.clientMs;
    const othersMs = after.busyMs - before.busyMs - ours; // may be a tick below zero
    return { answers, walls, wallMs, ownCpuMs, databaseCpuMs, othersMs, stolenMs: after.stolenMs - before.stolenMs };
  },

  async close() {
    await peer?.close();
    process.disconnect();
  },
};

process.on('disconnect', () => process.exit());
process.on('message', async ({ call, ...about }) => {
  try {
    process.send?.({ result: (await calls[call](about)) ?? null });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) });
  }
});
