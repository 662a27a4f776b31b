/** How the program of each language is built and started; its toolchain may be there or not. */
import path from 'node:path';

export interface Toolchain {
  /** Its folder. */
  readonly name: string;
  /** Shows that the toolchain is there, and its version. */
  readonly version: readonly [string, ...string[]];
  /** Fetches and builds, in the folder of the program. */
  readonly build?: readonly [string, ...string[]];
  /** Starts the program; arguments follow. */
  readonly start: readonly [string, ...string[]];
  /** Starts the program for stored video, where there is one. */
  readonly video?: readonly [string, ...string[]];
  /** Of both. */
  readonly environment?: Readonly<Record<string, string>>;
}

const CACHE = path.resolve(import.meta.dirname, '../../.cache/clients');
const cache = (...names: string[]) => path.join(CACHE, ...names);
const source = (...names: string[]) => path.join(import.meta.dirname, ...names);
const maven = [
  '-q',
  '-B',
  '-f',
  source('java/pom.xml'),
  `-Dclient.directory=${cache('java')}`,
] as const;

export const TOOLCHAINS: readonly Toolchain[] = [
  {
    name: 'javascript-v3',
    version: ['node', '--version'],
    start: ['node', source('javascript-v3/main.mjs')],
    video: ['node', source('javascript-v3/video.mjs')],
  },
  {
    name: 'javascript-v2',
    version: ['npm', '--version'],
    // Resolved from the file's own folder, so the program is copied to where its packages are.
    build: [
      'sh',
      '-ec',
      'mkdir -p "$1"; cp package.json main.mjs "$1"; cd "$1"; npm install --no-package-lock --silent',
      'sh',
      cache('javascript-v2'),
    ],
    start: ['node', cache('javascript-v2/main.mjs')],
    environment: { AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: '1' },
  },
  {
    name: 'boto3',
    version: ['python3', '-c', 'import boto3; print(boto3.__version__)'],
    start: ['python3', source('boto3/main.py')],
    video: ['python3', source('boto3/video.py')],
  },
  {
    name: 'cli',
    version: ['aws', '--version'],
    start: ['sh', source('cli/main.sh')],
    video: ['sh', source('cli/video.sh')],
  },
  {
    name: 'go',
    version: ['go', 'version'],
    build: ['go', 'build', '-o', cache('go/client'), '.'],
    start: [cache('go/client')],
  },
  {
    name: 'java',
    version: ['mvn', '--version'],
    build: ['mvn', ...maven, 'compile', 'dependency:copy-dependencies'],
    start: ['java', '-cp', `${cache('java/classes')}:${cache('java/dependency')}/*`, 'Main'],
  },
  {
    name: 'ruby',
    version: ['bundle', '--version'],
    build: ['bundle', 'install', '--quiet'],
    start: ['bundle', 'exec', 'ruby', source('ruby/main.rb')],
    environment: { BUNDLE_GEMFILE: source('ruby/Gemfile'), BUNDLE_PATH: cache('ruby') },
  },
  {
    name: 'php',
    version: ['composer', '--version'],
    build: ['composer', 'install', '--quiet', '--no-interaction'],
    start: ['php', source('php/main.php')],
    environment: { COMPOSER_VENDOR_DIR: cache('php'), CLIENT_VENDOR: cache('php') },
  },
  {
    name: 'rust',
    version: ['cargo', '--version'],
    build: ['cargo', 'build', '--quiet'],
    start: [cache('rust/debug/client')],
    environment: { CARGO_TARGET_DIR: cache('rust') },
  },
];
