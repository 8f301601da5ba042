const { AsyncResource } = require('node:async_hooks');
const perfHooks = require('node:perf_hooks');
const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');
const { defaultMetadataStorage } = require('class-transformer/cjs/storage');
const { configureGlobal } = require('fast-check');
const { keepEngineCode } = require('./kept-engine-code');

/** Properties are tried with the same values in every run, so that a run fails by what was changed; `PROPERTY_SEED` names others. */
configureGlobal({ seed: Number(process.env.PROPERTY_SEED ?? 20_261_122) });

const outside = new AsyncResource('outside of all test files');

/**
 * Runs a test file in the realm of its worker process, where packages live too (see shared-packages-runtime.js), and takes back at its end
 * what it left there: variables of the environment, globals, and the metadata that decorators of its classes gave to packages.
 */
module.exports = class SharedRealmEnvironment {
  constructor({ projectConfig }) {
    this.global = globalThis;
    this.globalsBefore = Object.getOwnPropertyDescriptors(globalThis);
    this.exitBefore = process.exit;
    this.environmentBefore = { ...process.env };
    this.watchOf = perfHooks.monitorEventLoopDelay;
    this.watches = [];
    this.moduleMocker = new ModuleMocker(globalThis);
    this.fakeTimers = null;
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup() {
    // prom-client begins one for each application and ends none: it wakes up every 10 ms, and Node keeps it with the test it was made in.
    perfHooks.monitorEventLoopDelay = (options) => {
      const watch = outside.runInAsyncScope(() => this.watchOf(options));
      this.watches.push(watch);
      return watch;
    };
    await keepEngineCode();
  }

  async teardown() {
    this.fakeTimersModern.dispose();
    for (const watch of this.watches) watch.disable();
    perfHooks.monitorEventLoopDelay = this.watchOf;
    process.exit = this.exitBefore;
    for (const name of Object.keys(process.env)) if (!(name in this.environmentBefore)) delete process.env[name];
    Object.assign(process.env, this.environmentBefore);
    for (const name of Reflect.ownKeys(globalThis)) if (!Object.hasOwn(this.globalsBefore, name)) Reflect.deleteProperty(globalThis, name);
    for (const name of Reflect.ownKeys(this.globalsBefore)) {
      const before = this.globalsBefore[name];
      if (before.configurable) Object.defineProperty(globalThis, name, before);
      else if (before.writable) globalThis[name] = before.value;
    }
    defaultMetadataStorage.clear();
  }

  exportConditions() {
    return ['node', 'require', 'default'];
  }

  getVmContext() {
    return null;
  }
};
