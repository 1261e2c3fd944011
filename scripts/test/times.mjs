import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { root } from '../steps.mjs'

const file = join(root, '.cache/test-times.json')

/** Returns the time that each file took when it ran last, in seconds, by its path. */
export function readTimes() {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

/** A reporter of vitest that keeps the time of each file for the next run. */
export default class Times {
  onTestRunEnd(modules) {
    const times = readTimes()
    for (const module of modules) times[relative(root, module.moduleId)] = secondsOf(module)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${JSON.stringify(times, null, 2)}\n`)
  }
}

function secondsOf(module) {
  const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } =
    module.diagnostic()
  const ms = environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration
  return Math.round(ms / 10) / 100
}
