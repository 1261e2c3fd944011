import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'

let hub: TestHub
let client: Client

beforeAll(async () => {
  hub = await startTestHub({ config: { limits: { tag: '2KiB', bodyDepth: 100 } } })
  client = await hub.connect()
})

afterAll(async () => {
  await client.close()
  await hub.close()
})

function nested(depth: number): unknown {
  return Array.from({ length: depth }).reduce<unknown>((inner) => [inner], 1)
}

async function outcome(tag: string, data: unknown, source?: string): Promise<string> {
  const published = client.publish(tag, data, { source })
  return published.then(
    () => 'accepted',
    ({ code }) => code,
  )
}

describe('limits of events from publishers', () => {
  it('are those of the configuration', async () => {
    expect(await outcome('t'.repeat(2048), 1)).toBe('accepted')
    expect(await outcome('t'.repeat(2049), 1)).toBe('TCN_TAG_TOO_LONG')
    expect(await outcome('deep', nested(100))).toBe('accepted')
    expect(await outcome('deep', nested(101))).toBe('TCN_BODY_DEPTH')
  })

  it('do not apply to an event of another source, which passed there', async () => {
    const source = 'salt/master'
    expect(await outcome('t'.repeat(65_000), 1, source)).toBe('accepted')
    expect(await outcome('a\tb\u001b', nested(512), source)).toBe('accepted')
    expect(await outcome('deep', nested(513), source)).toBe('TCN_BODY_DEPTH')
    expect(await outcome('hub/\tx', 1, source)).toBe('TCN_TAG_CONTROL')
  })
})

it('an event of another source needs the right to produce it, however large it is', async () => {
  const own = await startTestHub({
    config: { principals: { web: { publish: '*' } } },
    principal: 'web',
  })
  try {
    await using limited = await own.connect()
    for (const tag of ['t', 't'.repeat(5_000), 't\t'])
      await expect(limited.publish(tag, 1, { source: 'salt/master' })).rejects.toMatchObject({
        code: 'TCN_ORIGIN_FOREIGN',
      })
  } finally {
    await own.close()
  }
})
