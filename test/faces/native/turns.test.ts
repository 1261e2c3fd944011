import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { method } from '../../../src/methods/method.js'
import { encodeRecord } from '../../../src/protocols/native/codec.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { type Fixture, startFixture } from './fixture.js'
import { frame, RawPeer } from './raw-peer.js'

let hub: Fixture
afterEach(() => hub.close())

/** Turns in which something was done later. */
let turn = 0

/** ms of the clock of the hub */
let time = 0

/** The turns in which answers of the method `list` were encoded. */
let answered: number[] = []

/** A hub whose clock moves whenever somebody looks at it, and a method that tells the turn. */
async function start({ look = 1 } = {}) {
  time = 0
  turn = 0
  answered = []
  const asked: number[] = []
  hub = await startFixture({
    runtime: {
      ...realRuntime,
      monotonic: () => {
        time += look
        return time
      },
      soon: (run) =>
        realRuntime.soon(() => {
          turn++
          run()
        }),
    },
    methods: [
      method({
        name: 'list',
        summary: 'Returns a long list.',
        right: 'see',
        params: z.object({}),
        result: z.unknown(),
        run: async () => ({ items: Array.from({ length: 5000 }, (_, index) => index), last }),
      }),
      method({
        name: 'turn',
        summary: 'Notes the turn.',
        right: 'see',
        params: z.object({ n: z.number(), takes: z.number().default(0) }),
        result: z.unknown(),
        async run(_, { n, takes }) {
          asked.push(turn)
          time += takes
          return n
        },
      }),
    ],
    budgets: { requests: 2000, requestsOfOne: 2000, requestsInAll: 2000 },
  })
  return asked
}

/** Is read when the whole answer is encoded, which takes long. */
const last = {
  get encoded() {
    answered.push(turn)
    time += 10
    return true
  },
}

const requests = (first: number, count: number, takes = 0) =>
  Buffer.concat(
    Array.from({ length: count }, (_, index) =>
      encodeRecord('request', { id: first + index, method: 'turn', params: { n: first + index, takes } }),
    ),
  )

async function answers(peer: RawPeer, count: number): Promise<unknown[]> {
  const results: unknown[] = []
  while (results.length < count) results.push((await peer.take('reply')).body.result)
  return results
}

describe('the records of a native connection', () => {
  it('are handled a few in each turn, in order, however many arrive together', async () => {
    const asked = await start()
    const peer = new RawPeer(hub.path)
    await peer.hello()
    peer.write(requests(1, 900))
    expect(await answers(peer, 900)).toEqual(Array.from({ length: 900 }, (_, index) => index + 1))
    const counts = new Map<number, number>()
    for (const turn of asked) counts.set(turn, (counts.get(turn) ?? 0) + 1)
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(96)
    peer.socket.destroy()
  })

  it('are handled one in a turn if each takes long', async () => {
    const asked = await start()
    const peer = new RawPeer(hub.path)
    await peer.hello()
    peer.write(requests(1, 100, 10))
    await answers(peer, 100)
    expect(new Set(asked).size).toBeGreaterThanOrEqual(99)
    peer.socket.destroy()
  })

  it('are those of that connection, whatever others send while they wait', async () => {
    await start()
    const peers = Array.from({ length: 4 }, () => new RawPeer(hub.path))
    for (const peer of peers) await peer.hello()
    for (const [nth, peer] of peers.entries()) peer.write(requests(nth * 1000, 300))
    for (const [nth, peer] of peers.entries()) {
      expect(await answers(peer, 300)).toEqual(Array.from({ length: 300 }, (_, index) => nth * 1000 + index))
      peer.socket.destroy()
    }
  })

  it('wait together with the events behind them', async () => {
    await start()
    const peer = new RawPeer(hub.path)
    await peer.hello()
    peer.write(Buffer.concat([requests(1, 50), frame(1, 'a'), requests(51, 50), frame(2, 'b')]))
    const names: string[] = []
    while (names.length < 102) names.push((await peer.next())!.name)
    expect(names.filter((name) => name === 'accepted')).toHaveLength(2)
    expect(names.indexOf('accepted')).toBeGreaterThan(0)
    peer.socket.destroy()
  })
})

it('a long list is encoded in several turns, in which others are answered', async () => {
  await start()
  const [one, other] = [new RawPeer(hub.path), new RawPeer(hub.path)]
  for (const peer of [one, other]) await peer.hello()
  const before = turn
  one.send('request', { id: 1, method: 'list', params: {} })
  other.write(requests(1, 1))
  const items = Array.from({ length: 5000 }, (_, n) => n)
  expect((await one.take('reply')).body.result).toEqual({ items, last: { encoded: true } })
  expect(turn - before).toBeGreaterThan(10)
  expect(await answers(other, 1)).toEqual([1])
  for (const peer of [one, other]) peer.socket.destroy()
})

it('long answers that are ready at the same time are sent in a turn each', async () => {
  await start({ look: 0 })
  const peer = new RawPeer(hub.path)
  await peer.hello()
  for (let id = 1; id <= 10; id++) peer.send('request', { id, method: 'list', params: {} })
  await answers(peer, 10)
  expect(new Set(answered).size).toBe(10)
  peer.socket.destroy()
})

describe('a long frame', () => {
  it('is checked a few parts in each turn, however many are there', async () => {
    await start()
    const peer = new RawPeer(hub.path)
    await peer.hello()
    const bytes = 4_000_000
    const before = turn
    peer.event(1, 'long', { body: encode(Array(bytes).fill(null)) })
    expect((await peer.take('accepted')).body.counter).toBe(1)
    // Each part is 64 KB, and the clock allows five of them.
    expect(turn - before).toBeGreaterThanOrEqual(Math.floor(bytes / (64 * 1024) / 6))
    peer.socket.destroy()
  })

  it('is checked while it arrives, so that its last part decides', async () => {
    await start()
    const peer = new RawPeer(hub.path)
    await peer.hello()
    const body = encode(Array(400_000).fill(null))
    peer.event(1, 'long', { body })
    expect((await peer.take('accepted')).body.counter).toBe(1)
    const broken = body.slice()
    broken[broken.length - 1] = 0xc1
    peer.event(2, 'long', { body: broken }).event(3, 'short')
    expect((await peer.take('refused')).body).toMatchObject({ counter: 2, code: 'TCN_BODY_INVALID' })
    expect((await peer.take('accepted')).body.counter).toBe(3)
    peer.socket.destroy()
  })
})
