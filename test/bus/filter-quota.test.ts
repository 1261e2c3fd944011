import { describe, expect, it } from 'vitest'
import type { Grant } from '../../src/access/rights.js'
import { explainFilter, parseFilter } from '../../src/filter/index.js'
import { startTestHub } from '../../src/hub/testing.js'
import { TestBus } from './fixture.js'

it('refuses more filters than one subscriber may name', async () => {
  await using hub = await startTestHub({ config: { limits: { filtersPerSubscriber: 2 } } })
  const client = await hub.connect()
  const read = async (filters: string[]) => {
    for await (const _ of client.read(filters).events());
  }
  await expect(read(['a/', 'b/'])).resolves.toBeUndefined()
  await expect(read(['a/', 'b/', 'c/'])).rejects.toMatchObject({ code: 'TCN_FILTER_TOO_COMPLEX' })
  await client.close()
})

describe('the filters of a principal', () => {
  const tooMany = { code: 'TCN_FILTER_TOO_MANY' }
  const grants: Record<string, Grant> = { viewer: { see: ['load/'] }, other: { see: '*' } }
  const suffix = (text: string) => ({ suffix: { 'data.a': text } })
  const costly = (text: string) => ({ regex: { 'data.a': text } })

  it('count without the prefix to which its rights restrict them', async () => {
    const hub = await TestBus.open({ grants, limits: { unanchoredFilters: 2 } })
    for (const text of ['a', 'b', 'a']) await hub.subscribe({ as: 'viewer', filters: suffix(text) })
    await expect(hub.subscribe({ as: 'viewer', filters: suffix('c') })).rejects.toMatchObject(tooMany)
    await hub.subscribe({ as: 'viewer', filters: 'load/' })
    await hub.subscribe({ as: 'other', filters: suffix('c') })
  })

  it.each([
    ['with a prefix', (text: string) => ({ all: [{ prefix: { tag: 'load/' } }, costly(text)] })],
    ['without a prefix', costly],
  ])('may cost a limited sum, %s', async (_which, filter) => {
    const { cost } = explainFilter(parseFilter(filter('a')))
    const hub = await TestBus.open({ grants, limits: { filterCost: 2 * cost.points } })
    const first = await hub.subscribe({ as: 'viewer', filters: filter('a') })
    for (const text of ['b', 'a']) await hub.subscribe({ as: 'viewer', filters: filter(text) })
    await expect(hub.subscribe({ as: 'viewer', filters: filter('c') })).rejects.toMatchObject(tooMany)
    await hub.subscribe({ as: 'viewer', filters: ['load/*/1', 'load/*/2'] })
    first.api.change(filter('b'))
    await expect(hub.subscribe({ as: 'viewer', filters: filter('c') })).rejects.toMatchObject(tooMany)
    expect(() => first.api.change(filter('d'))).toThrow(expect.objectContaining(tooMany))
  })

  it('make room when the last subscriber with the same filter leaves', async () => {
    const { cost } = explainFilter(parseFilter(costly('a')))
    const hub = await TestBus.open({ grants, limits: { filterCost: cost.points } })
    const sinks = [
      await hub.subscribe({ as: 'viewer', filters: costly('a') }),
      await hub.subscribe({ as: 'viewer', filters: costly('a') }),
    ]
    for (const { api } of sinks) {
      await expect(hub.subscribe({ as: 'viewer', filters: costly('b') })).rejects.toMatchObject(tooMany)
      api.close()
    }
    await hub.subscribe({ as: 'viewer', filters: costly('b') })
  })
})
