// Runs on each supported Node.js: AsyncLocalStorage.
import { expect, it } from 'vitest'
import { sourceHost } from '../../../../src/hub/parts/source-host.js'
import type { SourceEvent, SourceHost } from '../../../../src/sources/source.js'
import { openMemoryState } from '../../../../src/state/index.js'
import { realRuntime } from '../../../helpers/real-runtime.js'

const state = openMemoryState({ runtime: realRuntime })
const emitted: SourceEvent[] = []
const log = { first: 5, last: 1000, lost: [{ from: 11, to: 990 }] }
const bus = { suspended: false, emitSoon: (event: SourceEvent) => emitted.push(event) > 0, log }
const hubLog = { write: () => undefined }

function host(name?: string): SourceHost {
  const member = name && { name, log: 'BUS', isPrimary: () => name === 'one', primary: () => 'one' }
  return sourceHost(
    bus as never,
    hubLog,
    state,
    realRuntime,
    {} as never,
    {} as never,
    {} as never,
    member || undefined,
  )
}

const text = async (positions: SourceHost['positions']) => {
  const entry = await positions.get('files/app')
  return entry && Buffer.from(entry.value).toString()
}

it('an event at a gate is published unless the hub accepts none, and says whether it was stored', async () => {
  const event = { tag: 'ncs/audit/ann', kind: 1, data: {}, attributes: { ncsgate: true } }
  const gated = (suspended: boolean, seq: number) => {
    const gates = { publish: async (...given: unknown[]) => ({ seq, given }) }
    const place = { ...bus, suspended, gates } as never
    return sourceHost(place, hubLog, state, realRuntime, {} as never, {} as never, {} as never)
  }
  expect(gated(true, 1).publishAtGate(event, 'ncs/audit', 1000)).toBeUndefined()
  expect(await gated(false, 7).publishAtGate(event, 'ncs/audit', 1000)).toBe(true)
  expect(await gated(false, 0).publishAtGate(event, 'ncs/audit', 1000)).toBe(false)
})

it('a hub that does not share its log has no sources that run once', () => {
  expect(host().once).toBeUndefined()
  expect(host('one').once?.isPrimary).toBe(true)
  expect(host('two').once?.isPrimary).toBe(false)
})

it('a hub that takes over continues at the position of the one before it, which writes no more', async () => {
  const [one, two] = ['one', 'two'].map((name) => host(name).once!.host.positions)
  expect(await text(one)).toBeUndefined()
  await one.put('files/app', Buffer.from('"1"'))
  await one.put('files/app', Buffer.from('"2"'))
  expect(await text(two)).toBe('"2"')
  await expect(one.put('files/app', Buffer.from('"3"'))).rejects.toMatchObject({ code: 'TCN_STATE_CONFLICT' })
  await two.put('files/app', Buffer.from('"4"'))
  expect(await text(one)).toBe('"4"')
})

it('numbers that have no event are not counted', () => {
  expect(host().numbersAfter(0)).toBe(16)
})

it('positions of the sources of each hub are apart from those of all hubs', async () => {
  const one = host('one')
  await one.positions.put('own', Buffer.from('1'))
  expect(await one.once!.host.positions.get('own')).toBeUndefined()
})

it('hubs count the events of a source together if it runs once, and else apart', () => {
  const event = { tag: 'host/a/b', data: 1, counter: { stream: 'source:b/c', counter: 1 } }
  const one = host('one')
  one.publish(event)
  one.once!.host.publish(event)
  expect(emitted.map(({ counter }) => counter?.stream)).toEqual(['one:source:b/c', 'source:b/c'])
})
