// Lint, and the rooms of src/README.md: who may import whom. A rule that matters is checked by a machine.
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Each room of `src/`: the rooms (or parts of them, or files at the top) that it may import, and the packages.
 * `pure`: no effects, so of Node's modules only those that have none.
 */
const ROOMS = {
  model: { rooms: [], pure: true },
  shell: { rooms: [], pure: true },
  documents: { rooms: ['model'], packages: ['yaml', 'ajv', 'ajv-formats'] },
  manifest: { rooms: ['model', 'documents', 'shell'] },
  config: { rooms: ['model', 'documents', 'manifest'], packages: ['yaml'] },
  modules: { rooms: ['model', 'documents', 'manifest', 'shell'] },
  source: { rooms: ['model', 'ports', 'documents', 'manifest', 'store', 'plan/facts'], packages: ['yaml'] },
  git: { rooms: ['model', 'ports', 'shell'], packages: ['simple-git'] },
  plan: {
    rooms: ['model', 'ports', 'manifest/identity', 'evidence', 'modules/words', 'shell/source-codes'],
    pure: true,
  },
  protocol: { rooms: ['model', 'ports', 'shell'] },
  evidence: { rooms: ['model', 'ports'], pure: true },
  slurm: { rooms: ['model', 'ports', 'shell', 'evidence'], pure: true },
  direct: { rooms: ['model', 'ports', 'shell', 'evidence'], pure: true },
  store: { rooms: ['model'], packages: ['better-sqlite3'] },
  requests: { rooms: ['model', 'store/files'] },
  origin: {
    rooms: ['model', 'ports', 'shell', 'modules/process', 'modules/last-words', 'protocol/told'],
  },
  bundle: { rooms: ['model'], packages: ['tar'] },
  transport: { rooms: ['model', 'ports'] },
  ssh: { rooms: ['model', 'ports', 'transport'], packages: ['ssh2'] },
  openssh: {
    rooms: [
      ...['model', 'ports', 'transport', 'shell/quote'],
      ...['ssh/config', 'ssh/run', 'ssh/known-hosts', 'ssh/target'],
    ],
  },
  local: { rooms: ['model', 'ports', 'transport'] },
  reconcile: {
    rooms: [
      ...[
        'model',
        'ports',
        'plan',
        'manifest',
        'modules',
        'protocol',
        'shell',
        'store',
        'bundle',
        'source',
        'config',
      ],
      ...['requests', 'notify', 'documents/words'],
    ],
  },
  notify: { rooms: ['model', 'store'] },
  watch: { rooms: [], packages: ['chokidar'] },
  views: { rooms: ['model', 'reconcile/report', 'manifest/user-input', 'store/events'], pure: true },
  page: { rooms: ['model', 'views'], packages: ['yaml'], pure: true },
  http: {
    rooms: [
      ...['model', 'views', 'page', 'manifest/identity', 'documents/words', 'reconcile/report'],
      ...['requests/request', 'store/listing', 'store/store', 'store/events'],
    ],
    packages: ['koa', 'koa-helmet', '@koa', 'ajv', 'prom-client'],
  },
  daemon: {
    rooms: [
      ...['app', 'refusals', 'version', 'model', 'config', 'documents', 'http', 'watch', 'source'],
      ...['requests', 'store', 'reconcile/report', 'reconcile/loop', 'manifest/secret'],
    ],
    packages: ['pino', 'pino-pretty'],
  },
  cli: {
    rooms: [
      'app',
      'known',
      'version',
      'model',
      'views',
      'reconcile/report',
      'reconcile/findings',
      'store/events',
      'store/module-runs',
      'store/names',
      'store/records',
      'documents/words',
      'documents/units',
      'config/users',
      'http/guard/hashes',
      'daemon/serve',
      'daemon/log',
    ],
    packages: ['commander', 'cli-table3', 'picocolors', 'yaml'],
  },
};
/** Text, digests, types of streams: harmless everywhere. */
const PURE_NODE = ['node:path', 'node:crypto', 'node:stream'];

/** Pattern of what a file `depth` folders below its room may not import. */
function refusals(room, { rooms, packages = [], pure = false }, depth) {
  const top = '\\.\\./'.repeat(depth + 1);
  const allowed = [
    '\\./',
    ...Array.from({ length: depth }, (_, up) => `${'\\.\\./'.repeat(up + 1)}[^.]`),
    ...rooms.map((each) => `${top}${each}(?:\\.js$|/)`),
    ...(pure ? PURE_NODE.map((name) => `${name}$`) : ['node:']),
    ...packages.map((name) => `${name}(?:$|/)`),
  ];
  const words = [...rooms, ...packages].join(', ') || 'nothing of ours';
  return [
    { regex: `^(?!${allowed.join('|')})`, message: `src/${room} may import ${words}; see src/README.md.` },
  ];
}

const layers = Object.entries(ROOMS).flatMap(([room, rules]) =>
  [0, 1, 2].map((depth) => ({
    files: [`src/${room}/${'*/'.repeat(depth)}*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns: refusals(room, rules, depth) }] },
  })),
);

export default defineConfig(
  globalIgnores([
    'dist/',
    'coverage/',
    'outputs/',
    '.sluice/',
    'demo/',
    'modules/',
    'schemas/compiled/',
    '**/*.generated.ts',
    'test/**/fixtures/',
  ]),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'always' }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      complexity: ['error', { max: 20, variant: 'modified' }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  ...layers,
  {
    files: ['src/notify/smtp.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: refusals('notify/smtp', { ...ROOMS.notify, packages: ['nodemailer'] }, 0) },
      ],
    },
  },
  {
    files: ['src/ports.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [{ regex: '^(?!\\./model/|node:stream$)', message: 'The ports import the model only.' }],
        },
      ],
    },
  },
  {
    files: ['src/{plan,model,views,evidence,slurm,direct,shell}/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'setTimeout', 'fetch'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'A plan knows no clock: `now` is a fact.' },
        { object: 'Math', property: 'random', message: 'A plan is the same plan on the same facts.' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/app.ts', 'src/agents.ts', 'src/sources.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'NewExpression[callee.name=/^(SshTransport|OpensshTransport|ClusterAgent|SmtpMailer|Postman|Session|Mirror|Checkout)$/]',
          message: 'Adapters are constructed in app.ts, agents.ts and sources.ts alone.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts', '*.config.ts'],
    rules: {
      'no-console': 'off',
      // `expect.stringContaining()` and its like are typed any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  prettier,
);
