const FEATURE = '^libs/(?:domain|application|presentation)/src/([^/]+)/';
const PACKAGES = ['core', 'npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'npm-unknown'];
const NOT_SPEC = { pathNot: '\\.spec\\.ts$' };
const EMBEDDED = '^apps/api/src/embedded\\.module\\.ts$';
const rule = (name, from, to) => ({ name, severity: 'error', from, to });

/** The arrows of docs/architecture.md, checked. Each rule is seen failing in test/architecture/boundaries.spec.ts. */
module.exports = {
  forbidden: [
    rule('domain-imports-only-domain', { path: '^libs/domain/' }, { path: '^(libs|apps|test)/', pathNot: '^libs/domain/' }),
    rule('domain-has-no-packages', { path: '^libs/domain/', ...NOT_SPEC }, { dependencyTypes: PACKAGES }),
    rule(
      'application-imports-only-domain',
      { path: '^libs/application/', ...NOT_SPEC },
      { path: '^(libs|apps|test)/', pathNot: '^libs/(domain|application)/' },
    ),
    rule('application-has-no-packages', { path: '^libs/application/', ...NOT_SPEC }, { dependencyTypes: PACKAGES }),
    rule(
      'presentation-never-touches-infrastructure',
      { path: '^libs/presentation/' },
      { path: '^(libs/infrastructure|apps|node_modules/(typeorm|pg|bull|@nestjs/(typeorm|bull)))/' },
    ),
    rule('infrastructure-never-touches-presentation', { path: '^libs/infrastructure/' }, { path: '^(libs/presentation|apps)/' }),
    rule('libraries-never-import-an-app', { path: '^libs/' }, { path: '^apps/' }),
    rule('apps-do-not-meet', { path: '^apps/([^/]+)/', pathNot: EMBEDDED }, { path: '^apps/', pathNot: '^apps/$1/' }),
    rule(
      'embedded-takes-the-worker-whole',
      { path: EMBEDDED },
      { path: '^apps/', pathNot: ['^apps/api/', '^apps/worker/src/worker\\.module\\.ts$'] },
    ),
    rule(
      'features-meet-through-ids-events-and-readers',
      { path: FEATURE, ...NOT_SPEC },
      {
        path: '^libs/(domain|application|presentation)/src/[^/]+/',
        pathNot: ['^libs/[^/]+/src/$1/', '^libs/[^/]+/src/(shared|providers|http)/', '-(id|reader|events|settings|ledger)\\.ts$'],
      },
    ),
    rule('no-cycles', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
    rule('no-barrels', {}, { path: '^libs/.*/index\\.ts$' }),
    rule('resolvable', {}, { couldNotResolve: true }),
    rule('not-to-test-code', { path: '^(libs|apps)/', ...NOT_SPEC }, { path: '(^test/|\\.spec\\.ts$)' }),
    rule(
      'no-dev-dependencies-in-production',
      { path: '^(libs|apps)/', ...NOT_SPEC },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
    rule('no-orphans', { orphan: true, path: '^(libs|apps)/', pathNot: '(\\.spec|main|\\.d)\\.ts$' }, {}),
  ],
  options: {
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
