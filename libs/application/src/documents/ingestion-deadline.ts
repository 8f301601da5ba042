/**
 * From upload to an end, whatever happens in between: later the document fails with a reason. Days, because a queue may be long and a
 * server may be down; how long one attempt may work is the job store's limit.
 */
export const INGESTION_DEADLINE_MS = 7 * 24 * 60 * 60_000;
