import { Bench } from './harness/bench.js'
import { describeMachine } from './harness/machine.js'
import { missingPrograms } from './harness/programs.js'
import { type Benchmark, judge, type Verdict } from './harness/row.js'
import { describe } from './harness/table.js'
import { benchmarks } from './rows.js'
import { rowsBefore } from './rows-before.js'

/** As scripts/bench.mjs reads them. */
interface Options {
  quick: boolean
  json: boolean
  only: string[]
  /** Folder of another checkout, to be compared with. */
  before?: string
}

/** Measures the rows that are wanted. */
export async function main(options: Options): Promise<void> {
  const all = options.before === undefined ? benchmarks : rowsBefore(options.before)
  const wanted = choose(
    all,
    options.only.flatMap((names) => names.split(',')),
  )
  const say = (text: string) => (options.json ? process.stderr : process.stdout).write(`${text}\n`)
  const measuring = new Measuring(options.quick, say)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      await measuring.cleanUp()
      process.exit(130)
    })
  }
  say(describeMachine())
  for (const benchmark of all) {
    const rows = benchmark.rows.filter((row) => wanted.has(row.name))
    if (rows.length === 0) continue
    const missing = missingPrograms(benchmark.needs)
    if (missing === undefined) await measuring.measure({ ...benchmark, rows })
    else say(`${rows.map(({ name }) => name).join(', ')}: not measured, because ${missing}`)
  }
  if (options.json) console.log(JSON.stringify(measuring.verdicts, null, 2))
  process.exitCode = measuring.hasFailed ? 1 : 0
}

class Measuring {
  readonly verdicts: Record<string, Verdict> = {}
  readonly #quick: boolean
  readonly #say: (text: string) => void
  #wasLeftOut = false
  #current: Bench | undefined

  constructor(quick: boolean, say: (text: string) => void) {
    this.#quick = quick
    this.#say = say
  }

  get hasFailed(): boolean {
    return this.#wasLeftOut || Object.values(this.verdicts).some((verdict) => !verdict.ok)
  }

  async measure(benchmark: Benchmark): Promise<void> {
    const bench = new Bench(this.#quick, this.#say)
    this.#current = bench
    const started = Date.now()
    try {
      const figures = await benchmark.run(bench)
      for (const row of benchmark.rows) {
        const verdict = judge(row, figures[row.name])
        this.verdicts[row.name] = verdict
        this.#say(describe(row, verdict, figures[row.name], (Date.now() - started) / 1000))
      }
    } catch (error) {
      this.#wasLeftOut = true
      const reason = error instanceof Error ? error.stack : error
      this.#say(`${benchmark.rows.map((row) => row.name).join(', ')}: not measured\n${reason}`)
    } finally {
      await bench.cleanUp()
    }
  }

  async cleanUp(): Promise<void> {
    await this.#current?.cleanUp()
  }
}

function choose(all: readonly Benchmark[], names: string[]): Set<string> {
  const known = all.flatMap((benchmark) => benchmark.rows.map((row) => row.name))
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    console.error(`No such row: ${unknown.join(', ')}. Rows: ${known.join(', ')}`)
    process.exit(2)
  }
  return new Set(names.length > 0 ? names : known)
}
