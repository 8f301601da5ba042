import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { entryPoint } from '../../system/entry-point';
import { claimPath, DataFolderInUse, DataFolderLock, newSocketFolder } from './data-folder-lock';

const ROUNDS = 20;
const RACERS = 5;

/** Waits for a moment given in milliseconds, without letting go of the processor, then tries to take the folder. */
const RACER = `
  const { DataFolderLock } = require(process.argv[1]);
  let lock;
  process.on('message', ({ folder, at }) => {
    if (folder === undefined) { lock?.release(); lock = undefined; return process.send('released'); }
    while (Date.now() < at);
    try { lock = DataFolderLock.acquire(folder, folder + '/none'); process.send('won'); }
    catch (error) { process.send(error.name === 'DataFolderInUse' ? 'lost' : String(error.stack)); }
  });
  process.on('disconnect', () => process.exit());
  process.send('ready');
`;

describe('DataFolderLock', () => {
  let folder: string;
  const path = () => join(folder, 'aegis.lock');
  const leftBehind = (socketFolder: string) => JSON.stringify({ pid: 999_999_999, startedAt: '1', socketFolder });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aegis-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const temporary = () => join(folder, basename(newSocketFolder()));

  it('refuses a second holder, and leaves nothing when it is released', () => {
    const lock = DataFolderLock.acquire(folder, temporary());
    expect(() => DataFolderLock.acquire(folder, temporary())).toThrow(DataFolderInUse);
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['the lock of a dead process', leftBehind('/none')],
    ['an empty lock', ''],
    ['a lock without sense', '{"pid":"a"}'],
  ])('takes %s over', (_, content) => {
    writeFileSync(path(), content);
    DataFolderLock.acquire(folder, temporary()).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes over what died while it was taking over', () => {
    writeFileSync(path(), leftBehind('/none'));
    writeFileSync(claimPath(path(), leftBehind('/none')), leftBehind('/other'));
    DataFolderLock.acquire(folder, temporary()).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes the socket folder of the dead process, and no other folder that a lock names', () => {
    const keep = join(folder, 'documents');
    for (const [made, gone] of [
      [temporary(), true],
      [keep, false],
    ] as const) {
      mkdirSync(made);
      writeFileSync(join(made, '.s.PGSQL.5432'), '');
      writeFileSync(path(), leftBehind(made));
      DataFolderLock.acquire(folder, temporary()).release();
      expect(existsSync(made)).toBe(!gone);
    }
  });

  it('does not release what is not its own any more', () => {
    const lock = DataFolderLock.acquire(folder, temporary());
    writeFileSync(path(), leftBehind('/none'));
    lock.release();
    expect(readFileSync(path(), 'utf8')).toBe(leftBehind('/none'));
  });

  describe('with several processes at the same moment', () => {
    let racers: ChildProcess[];
    beforeAll(async () => {
      const module = entryPoint(__dirname, 'data-folder-lock');
      racers = Array.from({ length: RACERS }, () =>
        spawn(process.execPath, ['-e', RACER, module], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
      );
      await Promise.all(racers.map((racer) => once(racer, 'message')));
    });
    afterAll(() => {
      for (const racer of racers) racer.disconnect();
    });

    /** Every racer's answer to the same message. */
    const all = async (message: object): Promise<unknown[]> => {
      const answers = racers.map(async (racer) => ((await once(racer, 'message')) as unknown[])[0]);
      for (const racer of racers) racer.send(message);
      return Promise.all(answers);
    };

    it.each([
      ['free folder', null],
      ['stale lock', leftBehind('/none')],
      ['empty lock', ''],
    ])('lets exactly one have a %s', async (_, content) => {
      for (let round = 0; round < ROUNDS; round++) {
        if (content !== null) writeFileSync(path(), content);
        const answers = await all({ folder, at: Date.now() + 15 });
        expect(answers.sort()).toEqual([...Array.from({ length: RACERS - 1 }, () => 'lost'), 'won']);
        await all({});
        expect(readdirSync(folder)).toEqual([]);
      }
    });
  });
});
