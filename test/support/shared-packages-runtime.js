const { createRequire, isBuiltin } = require('node:module');
const { dirname } = require('node:path');
const { constants, Script } = require('node:vm');
const { default: Runtime } = require('jest-runtime');

/** Of every file that a test file of this worker loaded: its code, and what V8 has compiled of it. */
const scripts = new Map();
/** Node's own `require` for each folder of ours. */
const requires = new Map();

/**
 * Loads packages once per worker process, by Node itself as in production, and our own files anew for every test file.
 *
 * Jest loads every package anew for every test file too: two seconds of compiling and evaluating the same 1,500 files, a hundred times.
 * What a test file may leave behind in a package is taken back by shared-realm-environment.js; the two belong together.
 */
module.exports = class SharedPackagesRuntime extends Runtime {
  constructor(...parameters) {
    super(...parameters);
    this.executor.compile = (code, filename) => compiled(code, filename, this.executor.injectedModuleParameters);
  }

  requireModuleOrMock(from, moduleName) {
    return isPackage(moduleName) ? requireOf(dirname(from))(moduleName) : super.requireModuleOrMock(from, moduleName);
  }

  /** A package would not see it, and we have no mocks of our own code. */
  setMock(_from, moduleName) {
    throw new Error(`jest.mock('${moduleName}'): test files share the packages of their worker, nothing can be put in their place`);
  }
};

/** Whether Node is to load it: `typeorm`, but not `./x`, `@aegis/…`, `node:fs`, nor what Jest must give out itself. */
const isPackage = (name) => !/^(?:[./]|@aegis\/|@jest\/|expect$)/.test(name) && !isBuiltin(name);

function requireOf(folder) {
  const known = requires.get(folder) ?? createRequire(`${folder}/`);
  requires.set(folder, known);
  return known;
}

/** In the realm of the worker itself, so that an `Error` of Node or of a package is an `Error` of the test too. */
function compiled(code, filename, parameters) {
  const known = scripts.get(filename);
  if (known?.code === code) return known.script.runInThisContext();
  const script = new Script(`(function(${parameters.join(',')}){${code}\n})`, {
    filename,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  scripts.set(filename, { code, script });
  return script.runInThisContext();
}
