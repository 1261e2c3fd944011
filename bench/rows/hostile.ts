import type { Bench } from '../harness/bench.js'
import type { Child } from '../harness/child.js'
import { micros, pause, until } from '../harness/clock.js'
import { Highest } from '../harness/highest.js'
import { anonymousKilobytes, cpuMicros, waitMicros } from '../harness/process-facts.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { compact } from '../harness/statistics.js'
import type { Attack, Target } from '../hostile/attack.js'
import { attacks } from '../hostile/index.js'
import type { ProbeFigures } from '../roles/probe.js'
import { startHostileHub } from '../sides/hostile-hub.js'
import type { RunningSide } from '../sides/side.js'

const RATE = 1000
/** Seconds for each attack. */
const LENGTH = { full: 10, quick: 3 }
/** Share of a processor below which the hub is at rest. */
const AT_REST = 0.1

/** All attacks, or those that the environment names. */
const only = process.env.ATTACKS?.split(',')
const chosen = attacks.filter(({ name }) => only?.includes(name) ?? true)

export const hostile: Benchmark = {
  rows: [
    {
      name: 'hostile-p99',
      what: `99 of 100 events of the others at ${RATE.toLocaleString('en')}/s, during the worst of ${chosen.length} attacks`,
      unit: 'ms',
      judge: 'value-at-most',
      must: 50,
      aim: 20,
    },
  ],
  async run(bench) {
    // Each attack has a principal of its own, because a principal that was too costly is watched for a while.
    const { hub, targets } = await startHostileHub(
      bench,
      chosen.map(({ name }) => name),
    )
    const probe = await bench.child('probe', { address: hub.address, rate: RATE })
    const alone = await measure(hub, probe, () => pause(bench.quick ? 3 : 10))
    const outcomes: Outcome[] = []
    for (const attack of chosen) {
      outcomes.push({
        attack,
        ...(await strike(bench, { hub, target: targets.get(attack.name)!, probe, attack })),
      })
      bench.say(line(attack.name, outcomes[outcomes.length - 1]))
    }
    return { 'hostile-p99': figures(alone, outcomes) }
  },
}

/** ms and MB. */
interface Measured extends ProbeFigures {
  growth: number
  /** Share of the time in which the hub was ready to run and other processes had the processors. */
  waited: number
  note: string
}

interface Outcome extends Measured {
  attack: Attack
}

interface Stage {
  hub: RunningSide
  target: Target
  probe: Child
  attack: Attack
}

async function strike(bench: Bench, { hub, target, probe, attack }: Stage): Promise<Measured> {
  const size = bench.quick ? 'quick' : 'full'
  const attacker = await bench.child('attacker', target)
  await attacker.call('prepare', attack.name, size)
  await untilAtRest(hub)
  const measured = await measure(hub, probe, () => attacker.call<string>('strike', LENGTH[size]))
  await attacker.stop()
  return measured
}

async function measure(hub: RunningSide, probe: Child, work: () => Promise<unknown>): Promise<Measured> {
  const before = anonymousKilobytes(hub.pid)
  const highest = new Highest(() => anonymousKilobytes(hub.pid))
  const [started, waitedBefore] = [micros(), waitMicros(hub.pid)]
  try {
    await probe.call('begin')
    const note = await work()
    const figures = await probe.call<ProbeFigures>('end')
    return {
      ...figures,
      note: String(note ?? ''),
      growth: (highest.value - before) / 1024,
      waited: (waitMicros(hub.pid) - waitedBefore) / (micros() - started),
    }
  } finally {
    highest.stop()
  }
}

/** So that each attack is measured alone. */
async function untilAtRest(hub: RunningSide): Promise<void> {
  await until('the hub is at rest', async () => {
    const before = cpuMicros(hub.pid)
    await pause(0.5)
    return (cpuMicros(hub.pid) - before) / 0.5e6 < AT_REST
  })
}

function figures(alone: Measured, outcomes: readonly Outcome[]): Figures {
  return {
    value: Math.max(...outcomes.map(({ p99 }) => p99)),
    also: outcomes.flatMap(conditions),
    notes: [line('no attack', alone), ...outcomes.map((outcome) => line(outcome.attack.name, outcome))],
  }
}

/** What an attack must reach in addition to the figure of the row. */
function conditions({ attack, p99, growth }: Outcome): { ok: boolean; what: string }[] {
  const all = []
  if (attack.must < 50)
    all.push({
      ok: p99 <= attack.must,
      what: `${attack.name}: p99 ${compact(p99)} ms (at most ${attack.must})`,
    })
  if (attack.growth !== undefined)
    all.push({
      ok: growth <= attack.growth,
      what: `${attack.name}: the hub grows ${compact(growth)} MB (at most ${attack.growth})`,
    })
  return all
}

function line(name: string, { p50, p99, max, growth, waited, note }: Measured): string {
  const times = [p50, p99, max].map((value) => compact(value).padStart(6)).join(' ')
  const hub = `hub + ${growth.toFixed(0).padStart(3)} MB, waits ${(waited * 100).toFixed(0).padStart(2)} %`
  return `${name.padEnd(18)} p50, p99, max ${times} ms; ${hub}${note && `; ${note}`}`
}
