import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { Client } from 'pg';
import { CachedEmbedder } from '../scripts/retrieval-quality/cached-embedder';
import { updateBenchmarksPage } from './peers/benchmarks-page';
import { CHAINS, OUR_WORDS, OURS, type Candidate } from './peers/candidates';
import { aboutTheRun } from './peers/circumstances';
import { disturbance, figuresOf } from './peers/figures';
import { openCandidates, type Opened } from './peers/open-candidates';
import { createPeerDatabase, dropPeerDatabase } from './peers/peer-database';
import type { PeerProcess } from './peers/peer-process';
import { loadProduct, type LoadedProduct } from './peers/product-corpus';
import { chunkOf, fileReferenceSet, type FiledSet } from './peers/reference-files';
import { reportOf, type Line } from './peers/report';
import { runRounds, sizesOf, type Heard } from './peers/rounds';
import { Truth } from './peers/truth';
import { judge } from './peers/validity';
import { tenantsOf } from './vector-search/load';
import { bundledModel, MODEL_FOLDER, openProductDatabase } from './vector-search/product-database';
import { ReferenceSet, SIZE_CLASSES } from './vector-search/reference-set';

/**
 * AEGIS beside what else a Node program can search with: the same chunks, vectors, tenants and result fields, on one machine, in one run; each
 * candidate in a process of its own, in turns. Prints Markdown. Fails where anybody's rows are another tenant's, altered, repeated or out of
 * order, where one that compares every vector, or ours, has too few rows or too little recall, and on a quiet machine where we are too slow.
 *
 * Needs a migrated database (as bench/vector-search) and an API on it (BENCH_API_URL). Peers that cannot be had are skipped, and named.
 * Arguments: folder for the set (some 400 MB), evaluation folder (../shared/eval), `--update` for docs/benchmarks.md. BENCH_SMALL=1: 2,020 chunks
 * in 5 tenants, to try the bench in a minute. BENCH_OUT: a file for the report.
 */
const K = 10;
const PLAN = { rounds: 5, queries: 20, k: K };
const SMALL = [
  { chunks: 1_500, tenants: 1 },
  { chunks: 400, tenants: 1 },
  { chunks: 40, tenants: 3 },
];
/** Others with more of the machine than this make waits that are not ours: then times are shown, and not judged. */
const QUIET = 0.05;
const MAX_P95_MS = 100;

async function main(): Promise<void> {
  const [folder = '', evalFolder = '../shared/eval', update] = process.argv.slice(2);
  const { DATABASE_OWNER_URL: ownerUrl, DATABASE_BOOTSTRAP_URL: superuserUrl, BENCH_SMALL, BENCH_OUT } = process.env;
  if (ownerUrl === undefined || superuserUrl === undefined) throw new Error('DATABASE_OWNER_URL and DATABASE_BOOTSTRAP_URL must be set');
  const loadBefore = loadavg()[0] ?? NaN;
  const isSmall = BENCH_SMALL === '1';
  mkdirSync(folder, { recursive: true });

  const embedder = await CachedEmbedder.open(resolve(MODEL_FOLDER));
  const set = await ReferenceSet.read(resolve(evalFolder), embedder).finally(() => embedder.close());
  const filed = await fileReferenceSet(folder, set, tenantsOf(isSmall ? SMALL : SIZE_CLASSES));
  const superuser = new Client(superuserUrl);
  await superuser.connect();
  await createPeerDatabase(superuserUrl);
  let processes: readonly PeerProcess[] = [];
  try {
    const loading = loadOurs(ownerUrl, superuser, set, filed);
    const opened = await openCandidates(folder, loading);
    const product = await loading;
    processes = opened.processes;
    const heard = await runRounds(processes, filed, PLAN);
    const { lines, failures } = judgeAll(opened, heard, product, filed);
    const { others, stolen } = disturbance([...heard.values()].flat(), cpus().length);
    const isQuiet = others < QUIET && stolen < QUIET;
    if (isQuiet) failures.push(...tooSlow(lines));
    const share = (of: number): string => `${(of * 100).toFixed(1)} %`;
    const about = [
      ...(await aboutTheRun(superuser)),
      `${filed.contents.length.toLocaleString('en')} chunks of ${filed.tenants.length} tenants, ${PLAN.rounds} rounds of ${PLAN.queries} queries for each size; every figure is the median of the rounds`,
      `load average before ${loadBefore.toFixed(1)}; others took ${share(others)} of the processors meanwhile, ${share(stolen)} were stolen: times are ${isQuiet ? 'judged' : 'shown, **not judged**'}`,
    ];
    const report = reportOf(lines, sizesOf(filed), { lines: about, k: K });
    console.log(report);
    if (BENCH_OUT !== undefined) writeFileSync(BENCH_OUT, `${report}\n`);
    if (update === '--update' && failures.length === 0) updateBenchmarksPage(report);
    for (const failure of failures) console.log(`\nFAILED ${failure}`);
    if (failures.length > 0) process.exitCode = 1;
  } finally {
    await Promise.all(processes.map((each) => each.close()));
    await superuser.end();
    await dropPeerDatabase(superuserUrl);
  }
}

async function loadOurs(ownerUrl: string, superuser: Client, set: ReferenceSet, filed: FiledSet): Promise<LoadedProduct> {
  const model = await bundledModel();
  const database = await openProductDatabase(model);
  try {
    return await loadProduct(database, { ownerUrl, superuser, model }, set, filed);
  } finally {
    await database.close();
  }
}

function judgeAll(
  { loaded, skipped }: Opened,
  heard: ReadonlyMap<PeerProcess, readonly Heard[]>,
  product: LoadedProduct,
  set: FiledSet,
): { lines: readonly Line[]; failures: string[] } {
  const truth = new Truth(set, K);
  const chunkOfOurs =
    ({ leg }: Candidate) =>
    (id: string): number =>
      product.chunkOf[leg].get(id) ?? NaN;
  const failures: string[] = [];
  const rounds = new Map([...heard].map(([{ candidate }, all]) => [candidate, all]));
  const lines = CHAINS.flat().map((candidate): Line => {
    const isOwn = 'own' in candidate.module;
    const all = rounds.get(candidate) ?? [];
    const bySize = sizesOf(set).flatMap((chunks) => {
      const ofSize = all.filter((each) => each.chunks === chunks);
      if (ofSize.length === 0) return [];
      const judged = judge(candidate, ofSize, { set, truth, k: K, chunkOfRow: isOwn ? chunkOfOurs(candidate) : chunkOf });
      failures.push(...judged.failures);
      return [[chunks, { judged, figures: figuresOf(ofSize) }] as const];
    });
    const { seconds = null, memoryBytes = null, diskBytes = null } = loaded.get(candidate) ?? {};
    const isProduct = candidate === OURS || candidate === OUR_WORDS;
    const ownSeconds = candidate === OURS ? product.seconds : candidate === OUR_WORDS ? product.textSeconds : null;
    const ownBytes = candidate === OURS ? product.vectorBytes : candidate === OUR_WORDS ? product.textBytes : null;
    return {
      ...{ candidate, skipped: skipped.get(candidate) ?? null, bySize: new Map(bySize) },
      memoryBytes: isOwn && !isProduct ? null : memoryBytes, // a client's process says nothing of what it asks
      buildSeconds: isOwn ? ownSeconds : seconds !== null && seconds >= 1 ? seconds : null, // who only opens a store has built nothing
      diskBytes: isOwn ? ownBytes : diskBytes,
    };
  });
  return { lines, failures };
}

const tooSlow = (lines: readonly Line[]): string[] =>
  lines
    .filter(({ candidate }) => candidate === OURS)
    .flatMap(({ bySize }) => [...bySize])
    .filter(([, { figures }]) => figures.p95Ms >= MAX_P95_MS)
    .map(([chunks, { figures }]) => `${chunks} chunks: p95 ${figures.p95Ms.toFixed(1)} ms`);

void main();
