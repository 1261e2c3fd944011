import { pause } from '../harness/clock.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { compact } from '../harness/statistics.js'
import type { Attack } from '../hostile/attack.js'
import { attacks } from '../hostile/index.js'
import { describeMeasured, type Measured, Siege } from '../hostile/siege.js'

const RATE = 1000
/** Seconds for each attack. */
const LENGTH = { full: 10, quick: 3 }

/** All attacks, or those that the environment names. */
const only = process.env.ATTACKS?.split(',')
const chosen = attacks.filter(({ name }) => only?.includes(name) ?? true)

export const hostile: Benchmark = {
  rows: [
    {
      name: 'hostile-p99',
      what: `99 of 100 events of the others at ${RATE.toLocaleString('en')}/s, without waiting for a processor, during the worst of ${chosen.length} attacks`,
      unit: 'ms',
      judge: 'value-at-most',
      must: 50,
      aim: 20,
    },
  ],
  async run(bench) {
    const size = bench.quick ? 'quick' : 'full'
    const siege = await Siege.lay(bench, chosen, RATE)
    const alone = await siege.measure(async () => void (await pause(LENGTH[size])))
    bench.say(describeMeasured('no attack', alone))
    const outcomes: Outcome[] = []
    for (const attack of chosen) {
      const measured = await siege.strike(attack, size, LENGTH[size])
      bench.say(describeMeasured(attack.name, measured))
      outcomes.push({ ...measured, attack })
    }
    return { 'hostile-p99': figures(outcomes) }
  },
}

interface Outcome extends Measured {
  attack: Attack
}

function figures(outcomes: readonly Outcome[]): Figures {
  return { value: Math.max(...outcomes.map(({ p99 }) => p99)), also: outcomes.flatMap(conditions) }
}

/** The conditions on an attack in addition to the figure of the row. */
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
