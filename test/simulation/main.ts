import './base/clock.js'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Plan, planOf } from './plan.js'
import { runPlan } from './run-plan.js'

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, seed: { type: 'string' }, plan: { type: 'string' } },
})

function plans(): Plan[] {
  if (values.plan !== undefined) return [JSON.parse(readFileSync(values.plan, 'utf8')) as Plan]
  const first = Number(values.seed ?? 1)
  return Array.from({ length: Number(values.seeds ?? 1) }, (_, at) => planOf(first + at))
}

setImmediate(() => {
  let failed = 0
  let simulated = 0
  const started = process.cpuUsage()
  for (const plan of plans()) {
    const { broken, time, events, trace, durable, refused } = runPlan(plan)
    simulated += time
    const outcome = broken.length === 0 ? 'kept' : 'BROKEN'
    console.log(
      `seed ${plan.seed}: ${outcome}, ${durable} durable, ${refused} refused, ${events} events, trace ${trace}`,
    )
    if (broken.length === 0) continue
    failed++
    for (const promise of new Set(broken.map((each) => each.promise))) {
      const those = broken.filter((each) => each.promise === promise)
      console.log(`  ${promise}: ${those.length}, the first: ${those[0].text}`)
    }
    console.log(`  ${JSON.stringify(plan)}`)
  }
  const { user, system } = process.cpuUsage(started)
  const cpu = (user + system) / 1e6
  console.log(`${failed} failed; ${Math.round(simulated / 1000)} simulated s in ${cpu.toFixed(1)} CPU s`)
  process.exit(failed > 0 ? 1 : 0)
})
