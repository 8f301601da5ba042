import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { isSpanContextValid, trace } from '@opentelemetry/api';
import { TraceContext } from '@aegis/application/shared/trace-context';
import { traceIdIn } from './traceparent';

const TRACE_ID_BYTES = 16;
const traces = new AsyncLocalStorage<string>();

/** Of the span that an OpenTelemetry SDK has open here, where one is set up, else of the request; null outside of both. */
export function currentTraceId(): string | null {
  const span = trace.getActiveSpan()?.spanContext();
  return span !== undefined && isSpanContextValid(span) ? span.traceId : (traces.getStore() ?? null);
}

/** Ids without an SDK, too: what a client sees of its trace does not depend on somebody collecting it. */
export class OtelTraceContext extends TraceContext {
  traceId(): string | null {
    return currentTraceId();
  }

  within<Result>(traceparent: string | undefined, work: () => Result): Result {
    const named = traceparent === undefined ? null : traceIdIn(traceparent);
    return traces.run(named ?? randomBytes(TRACE_ID_BYTES).toString('hex'), work);
  }
}
