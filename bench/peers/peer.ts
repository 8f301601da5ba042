/** What every candidate is asked, in its own way of asking. */
export interface PeerQuery {
  /** The tenant's name in the reference set. */
  readonly tenant: string;
  readonly vector: Float32Array;
  /** The text of `vector`, for those who search words. */
  readonly question: string;
  readonly k: number;
}

/** What every candidate brings back; `score`: higher is better. */
export interface PeerRow {
  readonly id: string;
  readonly score: number;
  readonly content: string;
  readonly title: string;
}

/** A store that is measured: a module exports `openPeer(options)`. One adapter for each, in a process of its own. */
export interface Peer {
  /** All chunks of the reference set, and every index. Nothing to do where another candidate has loaded the same store. */
  load(): Promise<void>;
  /** Best first. */
  search(query: PeerQuery): Promise<readonly PeerRow[]>;
  /** Before these queries are measured. */
  prepare?(queries: readonly PeerQuery[]): Promise<void>;
  /** Process ids of the database's side of its connections. */
  backends?(): Promise<readonly number[]>;
  /** Processor time so far of the process that serves it, in milliseconds, where that is not the one it is opened in. */
  servingCpuMs?(): Promise<number>;
  diskBytes?(): Promise<number> | number;
  close(): Promise<void> | void;
}

export interface PeerOptions {
  /** One module may be several candidates. */
  readonly variant: string;
  /** Where reference-files.ts has written the set. */
  readonly folder: string;
}

/** One of the queries of a round: its number among the set's queries. */
export interface Asked {
  readonly tenant: string;
  readonly query: number;
}

/** One round of one candidate, searches one after the other. */
export interface RoundResult {
  readonly answers: readonly (readonly PeerRow[])[];
  readonly walls: readonly number[];
  readonly wallMs: number;
  readonly ownCpuMs: number;
  readonly databaseCpuMs: number;
  /** Of all processors, by everybody else. */
  readonly othersMs: number;
  /** What another machine on the same metal took. */
  readonly stolenMs: number;
}

export interface LoadResult {
  readonly seconds: number;
  readonly diskBytes: number | null;
}
