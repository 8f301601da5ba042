/** Decides by content, never by name or the client's word. */
export abstract class MediaTypeSniffer {
  /** `head`: the first bytes of the file (up to 64 KB). Null: no format that AEGIS reads. The filename only tells text formats apart. */
  abstract sniff(head: Uint8Array, filename: string): Promise<string | null>;
}
