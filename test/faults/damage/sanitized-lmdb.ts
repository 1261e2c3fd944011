import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'

const require = createRequire(import.meta.url)
const lmdb = join(dirname(require.resolve('lmdb')), '..')
const sources = [
  ...['lmdb-js', 'writer', 'env', 'compression', 'ordered-binary', 'misc', 'txn', 'dbi', 'cursor'].map(
    (name) => `src/${name}.cpp`,
  ),
  'src/v8-functions.cpp',
  ...['chacha8', 'mdb', 'midl'].map((name) => `dependencies/lmdb/libraries/liblmdb/${name}.c`),
  'dependencies/lz4/lib/lz4.c',
]
const defines = ['MDB_MAXKEYSIZE=0', 'NAPI_DISABLE_CPP_EXCEPTIONS', 'NODE_GYP_MODULE_NAME=lmdb']

/** Compiles the lmdb package under AddressSanitizer. Returns the environment in which Node loads that instead. */
export function sanitizedLmdb(folder: string): Record<string, string> {
  const flags = ['-fPIC', '-g', '-O1', '-w', '-fno-omit-frame-pointer', '-fsanitize=address']
  const common = [
    ...flags,
    ...defines.map((each) => `-D${each}`),
    ...includes().flatMap((each) => ['-I', each]),
  ]
  const commands = sources.map((source) => {
    const language = source.endsWith('.cpp') ? ['g++', '-std=c++20'] : ['gcc']
    return [...language, ...common, '-c', join(lmdb, source), '-o', join(folder, `${basename(source)}.o`)]
  })
  inParallel(commands)
  const addon = join(folder, 'lmdb.node')
  const objects = sources.map((source) => join(folder, `${basename(source)}.o`))
  execFileSync('g++', ['-shared', '-fsanitize=address', ...objects, '-o', addon])
  const preload = join(folder, 'preload.cjs')
  writeFileSync(preload, preloadOf(addon))
  return {
    LD_PRELOAD: execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim(),
    // Node keeps memory until it ends.
    ASAN_OPTIONS: 'detect_leaks=0',
    NODE_OPTIONS: `--require ${preload}`,
  }
}

function includes(): string[] {
  const prefix = process.env.npm_config_nodedir ?? join(dirname(process.execPath), '..')
  return [
    join(prefix, 'include/node'),
    (require(require.resolve('node-addon-api', { paths: [lmdb] })) as { include_dir: string }).include_dir,
    join(lmdb, 'dependencies/lz4/lib'),
    join(lmdb, 'dependencies/lmdb/libraries/liblmdb'),
  ]
}

function inParallel(commands: readonly string[][]): void {
  const input = commands.map((command) => command.join(' ')).join('\n')
  execFileSync('xargs', ['-P', `${availableParallelism()}`, '-I{}', 'sh', '-c', '{}'], { input })
}

/** Loads the addon wherever a program loads a ready-made one of lmdb. */
function preloadOf(addon: string): string {
  return `const { dlopen } = process
process.dlopen = (module, path, ...rest) => {
  const isLmdb = path.includes('@lmdb')
  if (isLmdb) console.error('sanitized')
  return dlopen.call(process, module, isLmdb ? ${JSON.stringify(addon)} : path, ...rest)
}
`
}
