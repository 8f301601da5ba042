import type { FastifyRequest } from 'fastify';
import { routeRulesOf } from './access';
import { HttpProblem } from './problems/http-problem';

const READING = ['GET', 'HEAD'];

/**
 * Until when a reader waits, by the clock of `performance`; null for whoever waits for the end. What changes something is not cut off from
 * its answer: nobody would know what became of it; nor is the question behind a ticket, which costs the same as one that is posted.
 */
export function readUntil(request: FastifyRequest, readTimeoutMs: number): number | null {
  const access = routeRulesOf(request.routeOptions.config)?.access;
  return READING.includes(request.method) && access?.kind !== 'ticket' ? performance.now() + readTimeoutMs : null;
}

/** What is left until then, in milliseconds. */
export const leftUntil = (until: number): number => Math.max(0, until - performance.now());

export const outOfTime = (): HttpProblem => new HttpProblem('overloaded', { headers: { 'retry-after': '5' } });

/** The result of the work, or `overloaded` after so many milliseconds; null: whenever it comes. The work itself goes on. */
export async function inTime<T>(ms: number | null, work: Promise<T>): Promise<T> {
  if (ms === null) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(outOfTime()), ms)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
