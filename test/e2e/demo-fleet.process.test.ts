import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './hub-process.js'

interface Answer {
  words: string[]
  lines: string[]
}

test('the demonstration of a fleet shows what edge hubs have and the core does not', {
  timeout: 120_000,
}, () => {
  const script = join(root, 'scripts/demo-fleet.mjs')
  const { status, stdout } = spawnSync(process.execPath, [script, '--json'], { encoding: 'utf8' })
  expect(status).toBe(0)
  const { own, answers } = JSON.parse(stdout) as { own: number; answers: Answer[] }
  expect(own).toBeGreaterThanOrEqual(6)
  const [read, histogram, state] = answers.map(({ lines }) => lines.join('\n'))
  for (const name of ['web1', 'web2', 'db1']) expect(read).toMatch(new RegExp(`  ${name}  demo/`))
  expect(histogram).toMatch(/\d+ events, /)
  expect(state).toMatch(/^EDGE .*\ndb1 /)
})
