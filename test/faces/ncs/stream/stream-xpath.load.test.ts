import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TocsinError } from '../../../../src/errors/tocsin-error.js'
import * as C from '../../../../src/protocols/ncs/constants/events.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { buildXPathThread } from '../../../helpers/xpath-thread.js'
import { type Fixture, startFixture } from '../../native/fixture.js'
import { StreamReader } from './stream-subscriber.js'

const REPLAYED = C.STREAM_REPLAY_COMPLETE
const stream = 'NETCONF'
const start = '2000-01-01T00:00:00Z'
/** Takes far longer than any deadline, on an event with many elements. */
const endless = "//*[//*[//*='x']]"
const large = { list: Array.from({ length: 2000 }, (_, n) => ({ n })) }

let folder: string
let thread: URL
beforeAll(async () => {
  folder = temporaryFolder('streams')
  thread = await buildXPathThread(folder)
})

let hub: Fixture
const reported: TocsinError[] = []
beforeEach(async () => {
  reported.length = 0
  hub = await startFixture({ thread, refused: (error) => reported.push(error) })
})
afterEach(() => hub.close())

const publish = (tag: string, data: unknown = {}) => hub.bus.emit({ tag, data })
const open = (more: Record<string, unknown>) => StreamReader.open(hub.path, stream, more)

describe.each([
  ['that is simple', "/tocsin.event[if = 'eth0']/up"],
  ['for the engine', "//if[. = 'eth0']/../up"],
])('an XPath %s', (_, xpath) => {
  it('selects events of past and present, in order and around the end of the replay', async () => {
    for (let n = 0; n < 200; n++) publish(`net/${n}`, { if: n % 3 === 0 ? 'eth0' : 'eth1', up: true })
    const reader = await open({ xpath, start })
    const past = Array.from({ length: 67 }, (_, n) => `net/${n * 3}`)
    expect(await reader.until(REPLAYED)).toEqual([...past, REPLAYED])
    publish('net/down', { if: 'eth0' })
    publish('net/other', { if: 'eth1', up: true })
    publish('net/last', { if: 'eth0', up: true })
    expect(await reader.tag()).toBe('net/last')
    reader.close()
  })

  it('ends at the stop time with everything before it', async () => {
    for (let n = 0; n < 50; n++) publish(`net/${n}`, { if: 'eth0', up: true })
    const stop = new Date(Date.now() + 200).toISOString()
    const reader = await open({ xpath, start, stop })
    const all = Array.from({ length: 50 }, (_, n) => `net/${n}`)
    expect(await reader.until(C.STREAM_NOTIFICATION_COMPLETE)).toEqual([
      ...all,
      REPLAYED,
      C.STREAM_NOTIFICATION_COMPLETE,
    ])
    reader.close()
  })
})

describe('an XPath', () => {
  it.each([
    ['has a fault', '/a['],
    ['calls a function that there is not', "nothing('x')"],
  ])('that %s is refused before the welcome', async (_, xpath) => {
    expect(await StreamReader.refusal(hub.path, { stream, xpath })).toBe('TCN_NCS_XPATH')
  })

  it('that takes too long holds up no other subscriber, and is refused the third time', async () => {
    const slow = await open({ xpath: endless })
    const engine = await open({ xpath: "//n = '7'" })
    const plain = await open({})
    let isRefused = false
    const refusal = slow.subscriber.peer.fault().finally(() => {
      isRefused = true
    })
    for (let n = 0; n < 3; n++) publish(`large/${n}`, large)
    publish('small', { n: 7 })
    for (const tag of ['large/0', 'large/1', 'large/2', 'small']) expect(await plain.tag()).toBe(tag)
    // The thread needs a second to find out that one event takes too long.
    expect(isRefused).toBe(false)
    for (const tag of ['large/0', 'large/1', 'large/2', 'small']) expect(await engine.tag()).toBe(tag)
    expect(await refusal).toBe('TCN_FILTER_TOO_COMPLEX')
    // The events that were left out before are reported to the operator.
    await vi.waitUntil(() => reported.length > 0)
    expect(reported.every(({ code }) => code === 'TCN_FILTER_TOO_COMPLEX')).toBe(true)
    engine.close()
    plain.close()
  })
})

describe('a replay while events pour in', () => {
  it.each([
    ['without a filter', undefined],
    ['with a simple XPath', 'not(/tocsin.event/odd)'],
    ['with an XPath for the engine', 'not(//odd)'],
  ])('%s has no gap and no repeat', async (_, xpath) => {
    const total = 1500
    let published = 0
    const readers: Promise<void>[] = []
    while (published < total) {
      const burst = Math.min(total - published, 1 + ((published * 7) % 40))
      for (let n = 0; n < burst; n++, published++)
        publish(`n/${published}`, published % 2 === 1 ? { odd: true } : {})
      if (published % 5 === 0) readers.push(check(await open({ xpath, start })))
      else await new Promise(setImmediate)
    }
    expect(readers.length).toBeGreaterThan(3)
    await Promise.all(readers)

    async function check(reader: StreamReader): Promise<void> {
      const found: (string | number)[] = []
      const last = `n/${xpath === undefined ? total - 1 : total - 2}`
      const left = new Set<string | number>([last, REPLAYED])
      while (left.size > 0) {
        const { type, ...rest } = await reader.read()
        const each = rest.values?.find(({ tag }) => tag === 'tag')?.value ?? type
        found.push(each)
        left.delete(each)
      }
      const step = xpath === undefined ? 1 : 2
      const wanted = Array.from({ length: total / step }, (_, n) => `n/${n * step}`)
      expect(found.filter((each) => each !== REPLAYED)).toEqual(wanted)
      expect(found.filter((each) => each === REPLAYED)).toHaveLength(1)
      reader.close()
    }
  })
})
