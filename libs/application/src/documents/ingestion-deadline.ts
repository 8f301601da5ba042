/** From upload to an end, whatever happens in between: later the document fails with a reason. */
export const INGESTION_DEADLINE_MS = 60 * 60_000;
