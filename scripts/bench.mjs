// npm run bench: compiles the benchmarks to .cache/bench if necessary, and runs them against the built hub.
// npm run test:soak: likewise, but attacks one hub for an hour.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compileTypes, ensureBuilt } from './compile.mjs'
import { ensureInstalled } from './install.mjs'
import { fingerprint, report, requireNode, root, StepFailed, say } from './steps.mjs'

const output = join(root, '.cache/bench')
const stamp = join(output, '.stamp')

try {
  requireNode()
  await ensureInstalled()
  await ensureBuilt()
  ensureCompiled()
  const program = process.argv[2] === '--soak' ? 'soak' : 'run'
  await import(pathToFileURL(join(output, `bench/${program}.js`)).href)
} catch (error) {
  report(error)
}

function ensureCompiled() {
  const now = fingerprint(['bench', 'src', 'test/helpers', 'tsconfig.json', 'package-lock.json'])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return
  say('Compiling the benchmarks …')
  if (compileTypes('bench/tsconfig.json') !== 0) throw new StepFailed('The benchmarks do not compile.')
  mkdirSync(dirname(stamp), { recursive: true })
  // Hubs inside roles read their version from it.
  copyFileSync(join(root, 'package.json'), join(output, 'package.json'))
  writeFileSync(stamp, now)
}
