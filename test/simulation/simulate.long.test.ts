import { execFileSync, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeAll, expect, test } from 'vitest'
import { repeats } from '../helpers/repeats.js'

const root = join(import.meta.dirname, '../..')
const program = join(root, '.cache/simulation/main.mjs')
const plans = join(import.meta.dirname, 'plans')
const SEEDS = repeats(20, 5000)
/** A seed takes less than a second of a processor, and one that fails half a minute. */
const PATIENCE_MS = 300_000 + SEEDS * 2000

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts/simulate.mjs'), '--seeds', '0'])
})

async function simulate(...given: string[]): Promise<{ status: number | null; stdout: string }> {
  const child = spawn(process.execPath, [program, ...given], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const stdout = await text(child.stdout)
  return { status: await ended, stdout }
}

test('no promise is broken by a plan that broke one before', { timeout: PATIENCE_MS }, async () => {
  const { status, stdout } = await simulate('--plan', plans)
  expect(stdout.match(/ durable, /g)).toHaveLength(readdirSync(plans).length)
  expect(status, stdout).toBe(0)
})

test('no promise is broken with random faults', { timeout: PATIENCE_MS }, async () => {
  const { status, stdout } = await simulate('--seeds', `${SEEDS}`, '--jobs', `${availableParallelism()}`)
  expect(stdout).toContain(`seed ${SEEDS}: `)
  expect(status, stdout).toBe(0)
})

test('the same seed has the same trace in every process, alone and after others', async () => {
  const traceOf = (stdout: string) => /^seed 3: .*trace (\w+)$/m.exec(stdout)?.[1]
  const alone = traceOf((await simulate('--seed', '3')).stdout)
  expect(alone).toBeDefined()
  expect(traceOf((await simulate('--seeds', '3')).stdout)).toBe(alone)
  expect(traceOf((await simulate('--seeds', '3', '--jobs', '2')).stdout)).toBe(alone)
})
