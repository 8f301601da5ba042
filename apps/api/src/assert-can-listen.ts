import { createServer } from 'node:net';
import { ConfigurationError } from '@aegis/infrastructure/configuration/configuration-error';
import { errorCode } from '@aegis/infrastructure/system/error-code';

/** Asked before anything is opened: a taken port should not cost the start of a database first. Throws ConfigurationError. */
export function assertCanListen(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => reject(listenProblem(error, host, port)));
    probe.listen({ host, port }, () => probe.close(() => resolve()));
  });
}

/** What a person can do about an address that cannot be listened on; anything else as it is. */
export function listenProblem(error: Error, host: string, port: number): Error {
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new ConfigurationError([`port ${port} on ${host} is in use by another program: stop that one, or choose another with PORT`]);
    case 'EACCES':
      return new ConfigurationError([`this user may not listen on port ${port}: choose one from 1024 on with PORT`]);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigurationError([`HOST is ${host}, which is no address of this machine`]);
    default:
      return error;
  }
}
