import { createServer, type AddressInfo, type Server } from 'node:net';
import { assertCanListen } from './assert-can-listen';

describe('assertCanListen', () => {
  let taken: Server;
  beforeAll(() => new Promise<void>((resolve) => (taken = createServer().listen(0, '127.0.0.1', resolve))));
  afterAll(() => new Promise((resolve) => taken.close(resolve)));

  it('names the port that is in use', async () => {
    const { port } = taken.address() as AddressInfo;
    await expect(assertCanListen('127.0.0.1', port)).rejects.toThrow(`port ${port} on 127.0.0.1 is in use`);
  });

  it('names an address that is not of this machine', async () => {
    await expect(assertCanListen('192.0.2.1', 0)).rejects.toThrow('192.0.2.1, which is no address of this machine');
  });

  it('leaves a free port free', async () => {
    await assertCanListen('127.0.0.1', 0);
  });
});
