import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { requireTool } from '../helpers/tools.js'
import { root } from './hub-process.js'

test('the demonstration of a cluster kills one of each kind, and loses and doubles nothing', {
  timeout: 180_000,
}, () => {
  requireTool('current nats-server')
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` }
  const script = join(root, 'scripts/demo-cluster.mjs')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--json'], {
    encoding: 'utf8',
    env,
  })
  expect(stderr).toBe('')
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ ok: true, lost: 0, twice: 0, inOrder: true, sameOnEachHub: true })
  expect(result.faults.map(({ as }: { as: string }) => as)).toEqual(['which led the stream', 'the primary'])
  expect(result.stored).toBeGreaterThanOrEqual(result.acknowledged)
  expect(status).toBe(0)
})
