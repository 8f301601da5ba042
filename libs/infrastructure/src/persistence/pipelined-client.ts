import { Client } from 'pg';
import { nameOfPrepared } from './prepared-statements';

/**
 * For connections that are opened with `pipeline: true`: all statements of one moment leave in one write, as what a transaction begins with
 * and its first statement.
 */
export class PipelinedClient extends Client {
  override readonly query = ((...statement: unknown[]) => {
    const { stream } = this.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
    const query = super.query.bind(this) as (...statement: unknown[]) => unknown;
    return query(...this.asSent(statement));
  }) as Client['query'];

  protected asSent(statement: readonly unknown[]): readonly unknown[] {
    return statement;
  }
}

/** Keeps what is `prepared` on its connection. Not for the embedded engine: all connections are one session there, and would meet in the names. */
export class PreparingClient extends PipelinedClient {
  protected override asSent(statement: readonly unknown[]): readonly unknown[] {
    const [text, ...others] = statement;
    const name = typeof text === 'string' ? nameOfPrepared(text) : undefined;
    return name === undefined ? statement : [{ name, text }, ...others];
  }
}
