/** An answer with a status or headers of its own; a plain value is sent as JSON with the route's status. */
export class Reply<Body> {
  constructor(
    /** Bytes, a text, chunks to stream, or what becomes JSON; undefined for no body. */
    readonly body: Body,
    readonly headers: Readonly<Record<string, string>> = {},
    readonly status?: number,
  ) {}
}
