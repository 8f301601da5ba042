const { existsSync, readFileSync, readdirSync } = require('node:fs');

/** Folders under node_modules whose package is an ES module, nested copies too. Read from disk: no list to keep. */
function esmFolders(folder = `${__dirname}/node_modules`, prefix = '') {
  const names = readdirSync(folder).flatMap((entry) =>
    entry.startsWith('.') ? [] : entry.startsWith('@') ? readdirSync(`${folder}/${entry}`).map((name) => `${entry}/${name}`) : [entry],
  );
  return names.flatMap((name) => {
    const manifest = `${folder}/${name}/package.json`;
    const nested = `${folder}/${name}/node_modules`;
    const isEsm = existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).type === 'module';
    return [...(isEsm ? [prefix + name] : []), ...(existsSync(nested) ? esmFolders(nested, `${prefix}${name}/node_modules/`) : [])];
  });
}
const esm = esmFolders()
  .map((name) => name.replaceAll('.', '\\.'))
  .join('|');

const swc = (parser, transform) => [
  '@swc/jest',
  {
    swcrc: false,
    jsc: { target: 'es2022', keepClassNames: true, parser, ...(transform ? { transform } : {}) },
    module: { type: 'commonjs' },
  },
];

const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['node', 'require', 'default'] }, // never 'module-sync'
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/dist-fast'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  moduleNameMapper: {
    '^@aegis/(domain|application|infrastructure|presentation)/(.*)$': '<rootDir>/libs/$1/src/$2',
    '^file-type$': '<rootDir>/node_modules/file-type/index.js', // its exports map has no require or default condition
  },
  transform: {
    '^.+\\.ts$': swc({ syntax: 'typescript', decorators: true }, { legacyDecorator: true, decoratorMetadata: true }),
    '^.+\\.m?js$': swc({ syntax: 'ecmascript' }),
  },
  transformIgnorePatterns: [`<rootDir>/node_modules/(?!(?:${esm})/(?!node_modules/)).*(?<!\\.mjs)$`],
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
