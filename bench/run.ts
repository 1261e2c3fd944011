/**
 * npm run bench -- [--quick] [--only row,row] [--json]
 *
 * --json prints one object on stdout: row → { value, unit, peer, ratio, must, ok }.
 * The exit code is 1 if a row failed to run or missed its required figure (`must`).
 */
import { parseArgs } from 'node:util'
import { Bench } from './harness/bench.js'
import { describeMachine } from './harness/machine.js'
import { missingPrograms } from './harness/programs.js'
import { type Benchmark, judge, type Verdict } from './harness/row.js'
import { describe } from './harness/table.js'
import { benchmarks } from './rows.js'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
  },
})

const say = (text: string) => (options.json ? process.stderr : process.stdout).write(`${text}\n`)
const wanted = choose(options.only.flatMap((names) => names.split(',')))
const verdicts: Record<string, Verdict> = {}
let failed = false
let current: Bench | undefined

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await current?.cleanUp()
    process.exit(130)
  })
}

say(describeMachine())
for (const benchmark of benchmarks) {
  const rows = benchmark.rows.filter((row) => wanted.has(row.name))
  if (rows.length === 0) continue
  const missing = missingPrograms(benchmark.needs)
  if (missing === undefined) await measure({ ...benchmark, rows })
  else say(`${rows.map(({ name }) => name).join(', ')}: not measured, because ${missing}`)
}
if (options.json) console.log(JSON.stringify(verdicts, null, 2))
process.exitCode = failed || Object.values(verdicts).some((verdict) => !verdict.ok) ? 1 : 0

async function measure(benchmark: Benchmark): Promise<void> {
  const bench = new Bench(options.quick, say)
  current = bench
  const started = Date.now()
  try {
    const figures = await benchmark.run(bench)
    for (const row of benchmark.rows) {
      verdicts[row.name] = judge(row, figures[row.name])
      say(describe(row, verdicts[row.name], figures[row.name], (Date.now() - started) / 1000))
    }
  } catch (error) {
    failed = true
    say(
      `${benchmark.rows.map((row) => row.name).join(', ')}: not measured\n${error instanceof Error ? error.stack : error}`,
    )
  } finally {
    await bench.cleanUp()
  }
}

function choose(names: string[]): Set<string> {
  const known = benchmarks.flatMap((benchmark) => benchmark.rows.map((row) => row.name))
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    console.error(`No such row: ${unknown.join(', ')}. Rows: ${known.join(', ')}`)
    process.exit(2)
  }
  return new Set(names.length > 0 ? names : known)
}
