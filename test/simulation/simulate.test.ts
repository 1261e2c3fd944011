import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const program = join(root, '.cache/simulation/main.mjs')
const plans = join(import.meta.dirname, 'plans')

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts/simulate.mjs'), '--seeds', '0'])
})

function simulate(...given: string[]): { status: number | null; stdout: string } {
  return spawnSync(process.execPath, [program, ...given], { encoding: 'utf8' })
}

test.each(readdirSync(plans))('no promise is broken by the plan %s', (file) => {
  const { status, stdout } = simulate('--plan', join(plans, file))
  expect(stdout).toContain(' durable, ')
  expect(status, stdout).toBe(0)
})

test('no promise is broken with random faults', () => {
  const { status, stdout } = simulate('--seeds', process.env.SIMULATED_SEEDS ?? '40')
  expect(stdout).toContain('seed 40: ')
  expect(status, stdout).toBe(0)
})

test('the same seed has the same trace in every process, alone and after others', () => {
  const traceOf = (stdout: string) => /^seed 3: .*trace (\w+)$/m.exec(stdout)?.[1]
  const alone = traceOf(simulate('--seed', '3').stdout)
  expect(alone).toBeDefined()
  expect(traceOf(simulate('--seeds', '3').stdout)).toBe(alone)
})
