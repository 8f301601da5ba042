import { Client, type ClientConfig } from 'pg';
import { nameOfPrepared } from './prepared-statements';

const IN_FAILED_TRANSACTION = '25P02';

/**
 * For connections that are opened with `pipeline: true`: all statements of one moment leave in one write, as what a transaction begins with
 * and its first statement.
 */
export class PipelinedClient extends Client {
  /** What the server refused last, but for what it refused because of that. */
  private refusal: unknown;

  constructor(config?: string | ClientConfig) {
    super(config);
    this.connection.on('errorMessage', (error: { readonly code?: string }) => {
      if (error.code !== IN_FAILED_TRANSACTION) this.refusal = error;
    });
  }

  /** Statements behind the one that failed fail with it, and may say so first: what they failed by. */
  causeOf(error: unknown): unknown {
    const isConsequence = typeof error === 'object' && error !== null && 'code' in error && error.code === IN_FAILED_TRANSACTION;
    return isConsequence ? (this.refusal ?? error) : error;
  }

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
