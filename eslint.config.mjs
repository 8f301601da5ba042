import tseslint from 'typescript-eslint';

const onlyIn = (message, ...names) => names.map((name) => ({ name, message }));

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
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'The environment is read in apps/*/src/config.ts only.' }],
    },
  },
  {
    files: ['**/*.controller.ts', '**/*.dto.ts'],
    rules: {
      // A type-only import of a DTO or an injected class switches validation off, or fails at start.
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ regex: '\\.dto$', allowTypeImports: false, message: 'Import DTO classes as values, or validation is silently off.' }] },
      ],
    },
  },
  { files: ['**/*-row.ts', '**/*.dto.ts'], rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' } },
  {
    files: ['test/**/*.ts', '**/*.spec.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'max-lines': ['error', 500] },
  },
);
