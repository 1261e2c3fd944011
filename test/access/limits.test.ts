import { expect, it } from 'vitest'
import { Access } from '../../src/access/index.js'
import { sysadmRight } from '../../src/faces/sysadm/right.js'
import type { PartRight } from '../../src/parts/part-right.js'
import { openMemoryState } from '../../src/state/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

const known = { ops: { see: ['ops/'], source: 'site/ops' }, low: {} }

it('tokens are compared with new rights before they replace the old ones, so that these wait for no token', async () => {
  let looks = 0
  const part: PartRight<'sysadm'> = {
    ...sysadmRight,
    get name() {
      looks++
      return sysadmRight.name
    },
  }
  const runtime = new FakeRuntime()
  const access = new Access(known, { typeOf: () => 'tocsin.event' }, 'host/test', [part])
  await access.open({ bucket: openMemoryState({ runtime }).bucket('principals'), runtime })
  const limit = { grant: known.ops, source: 'site/ops' }
  const names = Array.from({ length: 20 }, (_, nth) => `token ${nth}`)
  for (const name of names) await access.tokens.add({ name, principal: 'low', limit: { ...limit } })
  const next = { ...known, low: { see: ['ops/web/'], source: 'site/ops/low' } }
  const steps = access.prepare(next)
  let rights = steps.next()
  let count = 1
  for (; rights.done !== true; count++) rights = steps.next()
  expect(count).toBeGreaterThan(names.length)
  looks = 0
  access.replace(next, rights.value)
  expect(looks).toBe(0)
  expect(access.tokens.list().some((record) => access.tokens.exceeds(record))).toBe(false)
  access.replace({ ...next, low: { see: '*', source: 'site/ops/low' } })
  expect(looks).toBeGreaterThan(0)
  expect(access.tokens.list().every((record) => access.tokens.exceeds(record))).toBe(true)
  access.close()
})
