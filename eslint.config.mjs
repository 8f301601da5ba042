import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/**', 'dist-fast/**', 'node_modules/**', '**/*.js', '**/*.mjs', '**/*.cjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-definitions': 'error',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'max-lines': ['error', 300],
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'A union of literals, no enum.' },
        { selector: 'TSNonNullExpression', message: 'No non-null assertion: prove it or throw.' },
      ],
    },
  },
  {
    // Only the persistence folders may know connections: everything else goes through the tenant-bound unit of work.
    files: ['libs/**/*.ts', 'apps/**/*.ts'],
    ignores: ['libs/infrastructure/src/persistence/**', '**/*-row.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'typeorm', importNames: ['DataSource', 'Repository', 'getRepository'], message: 'Go through the unit of work.' },
            { name: '@nestjs/typeorm', message: 'Go through the unit of work.' },
          ],
        },
      ],
    },
  },
  {
    files: ['libs/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'The environment is read in apps/*/src/config.ts only.' },
        { object: 'AbortSignal', property: 'timeout', message: 'It may be collected before its time: withDeadline().' },
      ],
    },
  },
  {
    files: ['libs/presentation/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          // A type-only import of a DTO leaves no class behind, and validation is silently off.
          selector:
            'ImportDeclaration[importKind="type"][source.value=/\\.dto$/], ImportDeclaration[source.value=/\\.dto$/] > ImportSpecifier[importKind="type"]',
          message: 'Import DTO classes as values.',
        },
      ],
    },
  },
  { files: ['**/*-row.ts', '**/*.dto.ts', 'apps/**/*.ts'], rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' } },
  {
    files: ['test/**/*.ts', '**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // a fake is a literal
      'max-lines': ['error', 500],
      'no-restricted-syntax': 'off',
    },
  },
  {
    // Answers are read as parsed JSON, whose shape the assertions themselves check.
    files: ['test/{e2e,isolation,support}/**/*.ts'],
    rules: Object.fromEntries(
      ['assignment', 'member-access', 'call', 'argument', 'return'].map((what) => [`@typescript-eslint/no-unsafe-${what}`, 'off']),
    ),
  },
);
