import { isSpanContextValid, trace } from '@opentelemetry/api';
import { TraceContext } from '@aegis/application/shared/trace-context';

export class OtelTraceContext extends TraceContext {
  traceId(): string | null {
    const span = trace.getActiveSpan()?.spanContext();
    return span !== undefined && isSpanContextValid(span) ? span.traceId : null;
  }
}
