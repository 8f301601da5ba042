const swc = [
  '@swc/jest',
  {
    swcrc: false,
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'commonjs' },
  },
];

const shared = {
  rootDir: __dirname,
  // Packages are loaded once per worker, by Node itself: see test/support/shared-packages-runtime.js.
  runtime: '<rootDir>/test/support/shared-packages-runtime.js',
  testEnvironment: '<rootDir>/test/support/shared-realm-environment.js',
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/dist-fast'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  moduleNameMapper: { '^@aegis/(domain|application|infrastructure|presentation)/(.*)$': '<rootDir>/libs/$1/src/$2' },
  transform: { '^.+\\.ts$': swc },
};

/** One project per kind of test: `npx jest --selectProjects e2e`. */
const project = (displayName, testMatch) => ({ ...shared, displayName, testMatch: testMatch.map((glob) => `<rootDir>/${glob}`) });

module.exports = {
  projects: [
    project('unit', ['libs/**/*.spec.ts', 'apps/**/*.spec.ts']),
    project('architecture', ['test/architecture/**/*.spec.ts']),
    project('contract', ['test/contract/**/*.spec.ts']),
    project('integration', ['test/integration/**/*.spec.ts']),
    project('isolation', ['test/isolation/**/*.spec.ts']),
    project('e2e', ['test/e2e/**/*.spec.ts']),
  ],
  // Worker threads and child processes cannot be .ts files: their entries are compiled once for all projects.
  globalSetup: '<rootDir>/test/support/before-all.js',
  globalTeardown: '<rootDir>/test/support/after-all.js',
  reporters: ['default', '<rootDir>/test/support/closing-line.js'],
  testTimeout: 60_000, // for a machine that others use too
  maxWorkers: 2,
  workerIdleMemoryLimit: '600MB',
};
