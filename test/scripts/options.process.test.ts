import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** As npm runs them. */
const programs: Record<string, string[]> = {
  'npm run bench': ['bench.mjs'],
  'npm run test:soak': ['soak.mjs'],
  'npm run fuzz': ['fuzz.mjs'],
  'npm run simulate': ['simulate.mjs'],
  'npm run demo:cluster': ['demo-cluster.mjs'],
  'npm run demo:fleet': ['demo-fleet.mjs'],
}

function start(name: string, ...options: string[]) {
  const [script, ...given] = programs[name]
  const args = [join(root, 'scripts', script), ...given, ...options]
  return spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
}

describe.each(Object.keys(programs))('%s', (name) => {
  it('shows its options', () => {
    const { status, stdout, stderr } = start(name, '--help')
    expect(stdout).toContain(`  ${name} -- --`)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  it.each([['--no-such-option'], ['word']])('refuses %s in a few words', (option) => {
    const { status, stdout, stderr } = start(name, option)
    expect(stderr).toContain(`'${option}'`)
    expect(stderr).toContain('--help')
    expect(stderr).not.toContain('    at ')
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  })
})

it.each([
  ['npm run test:soak', '--minutes', 'long', "--minutes must be a number, not 'long'."],
  ['npm run test:soak', '--only', 'nothing', "--only must be one of work, attacks, not 'nothing'."],
  ['npm run fuzz', '--minutes', 'long', "--minutes must be a number, not 'long'."],
  ['npm run fuzz', '--only', 'no-such-face', 'No such listener: no-such-face. Listeners: native-unix, '],
  ['npm run simulate', '--seeds', 'many', "--seeds must be a whole number, not 'many'."],
  ['npm run simulate', '--plan', '/nowhere/plan.json', '/nowhere/plan.json has no plan: ENOENT'],
])('%s %s %s is refused with the reason', { timeout: 300_000 }, (name, option, value, reason) => {
  const { status, stderr } = start(name, option, value)
  expect(stderr).toContain(reason)
  expect(stderr).not.toContain('    at ')
  expect(status).toBe(2)
})
