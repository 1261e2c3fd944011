// npm run bench: compiles the benchmarks to .cache/bench if necessary, and runs them against the built hub.
// With --soak, as npm run test:soak calls it: likewise, but attacks one hub for an hour.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compileTypes, ensureBuilt } from './compile.mjs'
import { ensureInstalled } from './install.mjs'
import { readOptions } from './options.mjs'
import { fingerprint, report, requireNode, root, StepFailed, say } from './steps.mjs'

const output = join(root, '.cache/bench')
const stamp = join(output, '.stamp')
/** Hubs inside roles read their version from the first; the kernel of `sctp-1-1` needs the other. */
const READ_AT_RUN_TIME = ['package.json', 'test/helpers/user-mode-linux/whole-registers.c']

const BENCH = {
  program: 'run',
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    before: { type: 'string' },
  },
  help: `Measures the rows of docs/reference/performance.md, and compares them with their peers.

  npm run bench                              all rows
  npm run bench -- --quick                   in short rounds
  npm run bench -- --only uds-1-1,replay     these rows alone
  npm run bench -- --before ../before        the rows of the event path, against the hub that is built there

  --quick       measures in short rounds
  --only NAMES  these rows, with commas between them; several times is possible
  --before DIR  compares with the hub that another checkout has built, in turns; the ratio must be at least 0.97
  --json        prints one object to stdout: row → { value, unit, peer, ratio, must, ok }

The exit code is 1 if a row failed to run or missed the figure that it must reach.
`,
}
const SOAK = {
  program: 'soak',
  options: {
    soak: { type: 'boolean' },
    minutes: { type: 'string', default: '60', form: 'number' },
  },
  help: `Attacks one hub in turn with everything in bench/hostile, with so little retention that it acts all the time.

  npm run test:soak -- --only attacks --minutes 90

  --minutes N  how long; default 60

The exit code is 1 unless the hub's memory is flat from turn to turn, and everything opened for an attack is closed after
it. A few turns are too few to tell.
`,
}

const { program, options, help } = process.argv[2] === '--soak' ? SOAK : BENCH
const values = readOptions(options, help)

try {
  requireNode()
  await ensureInstalled()
  await ensureBuilt()
  ensureCompiled()
  const { main } = await import(pathToFileURL(join(output, `bench/${program}.js`)).href)
  await main(values)
} catch (error) {
  report(error)
}

function ensureCompiled() {
  const now = fingerprint(['bench', 'src', 'test/helpers', 'tsconfig.json', 'package-lock.json'])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return
  say('Compiling the benchmarks …')
  if (compileTypes('bench/tsconfig.json') !== 0) throw new StepFailed('The benchmarks do not compile.')
  mkdirSync(dirname(stamp), { recursive: true })
  for (const file of READ_AT_RUN_TIME) {
    mkdirSync(dirname(join(output, file)), { recursive: true })
    copyFileSync(join(root, file), join(output, file))
  }
  writeFileSync(stamp, now)
}
