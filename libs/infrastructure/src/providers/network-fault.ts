const NETWORK_CODE = /^(?:E[A-Z]+|UND_ERR_[A-Z_]+|HPE_[A-Z_]+|CERT_[A-Z_]+)$/;

/**
 * True for what fetch, undici and sockets throw when the network or the other side fails: their errors, or one of the causes below them,
 * carry a system code. A TypeError without one is a bug of ours and must not be retried away.
 */
export function isNetworkFault(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < 4 && typeof current === 'object' && current !== null; depth += 1) {
    if ('code' in current && typeof current.code === 'string' && NETWORK_CODE.test(current.code)) return true;
    current = 'cause' in current ? current.cause : null;
  }
  return false;
}
