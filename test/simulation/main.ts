import './base/clock.js'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
// @ts-expect-error a script without types
import { readOptions, refuseOptions } from '../../scripts/options.mjs'
import { inChildren, serveSeeds } from './children.js'
import { type Plan, planFrom, planOf } from './plan.js'
import { report } from './report.js'
import { runPlan } from './run-plan.js'
import { ENOUGH_SEEDS, unseen } from './sightings.js'

const help = `Runs whole systems of hubs, NATS and clients on virtual time, with faults, and checks every promise.

  npm run simulate -- --seeds 100 --jobs 2
  npm run simulate -- --seed 227
  npm run simulate -- --plan FILE

  --seeds N    how many seeds; default 1
  --seed N     the first seed; default 1
  --plan FILE  runs this plan instead, as a seed that fails prints it, or all in this folder
  --jobs N     how many processes share the seeds; default 1

Prints a line for each seed, and the story of each that breaks a promise. The exit code is then 1.
`

const values = readOptions(
  {
    seeds: { type: 'string', default: '1', form: 'whole number' },
    seed: { type: 'string', default: '1', form: 'whole number' },
    plan: { type: 'string' },
    jobs: { type: 'string', default: '1', form: 'whole number' },
    child: { type: 'boolean' },
  },
  help,
)

/** What is known of a seed when it has run. */
export interface Result {
  lines: string[]
  hasFailed: boolean
  seen: string[]
  /** Simulated, ms. */
  time: number
  /** Of the processor, µs. */
  cpu: number
}

function plansIn(path: string): Plan[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  return isFolder ? readdirSync(path).map((name) => planIn(join(path, name))) : [planIn(path)]
}

function planIn(file: string): Plan {
  try {
    return planFrom(readFileSync(file, 'utf8'))
  } catch (error) {
    return refuseOptions(`${file} has no plan: ${error instanceof Error ? error.message : error}`)
  }
}

function resultOf(plan: Plan): Result {
  const started = process.cpuUsage()
  const outcome = runPlan(plan)
  const { broken, seen, time } = outcome
  const lines = report(plan, outcome)
  const { user, system } = process.cpuUsage(started)
  return { lines, hasFailed: broken.length > 0, seen, time, cpu: user + system }
}

class Summary {
  failed = 0
  #seconds = 0
  #cpu = 0
  readonly #seen = new Set<string>()

  take({ lines, hasFailed, seen, time, cpu }: Result): void {
    for (const line of lines) console.log(line)
    if (hasFailed) this.failed++
    this.#seconds += time / 1000
    this.#cpu += cpu / 1e6
    for (const kind of seen) this.#seen.add(kind)
  }

  end(seeds: number): void {
    const missing = seeds < ENOUGH_SEEDS ? [] : unseen(this.#seen)
    if (missing.length > 0) {
      console.log(`never seen: ${missing.join(', ')}`)
      this.failed++
    }
    console.log(
      `${this.failed} failed; ${Math.round(this.#seconds)} simulated s in ${this.#cpu.toFixed(1)} CPU s`,
    )
    process.exit(this.failed > 0 ? 1 : 0)
  }
}

async function main(): Promise<void> {
  const summary = new Summary()
  const first = Number(values.seed)
  const count = Number(values.seeds)
  const jobs = Number(values.jobs)
  const seeds = Array.from({ length: count }, (_, at) => first + at)
  if (values.plan !== undefined) for (const plan of plansIn(values.plan)) summary.take(resultOf(plan))
  else if (jobs > 1) await inChildren<Result>(process.argv[1], jobs, seeds, (result) => summary.take(result))
  else for (const seed of seeds) summary.take(resultOf(planOf(seed)))
  summary.end(count)
}

if (values.child === true) serveSeeds((seed) => resultOf(planOf(seed)))
// A world settles promises itself, so that it does not run within one.
else setImmediate(() => void main())
