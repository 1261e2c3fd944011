import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { concat, hex } from '../../../event/bytes.js'
import { droppedOnSalt } from '../../../helpers/open-face.js'
import { frames } from '../../../protocols/salt/codec/vectors.js'
import { type SaltHub, saltFrame, startSaltHub, subscribed } from './fixture.js'
import { dial, RawSubscriber, write } from './raw-salt.js'

/** Random bytes, and frames with some changed bytes, which are rejected later. */
const hostile = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 200 }),
  fc
    .tuple(
      fc.constantFrom(...frames),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      fc.nat(),
    )
    .map(([frame, changes, cut]) => {
      const bytes = frame.slice(0, 1 + (cut % frame.length))
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      return bytes
    }),
)

async function quiet({ hub }: SaltHub): Promise<void> {
  const publishers = () =>
    hub.hub.listeners.find(({ address }) => address.endsWith('pull.ipc'))?.connections ?? 0
  while (publishers() > 1) await new Promise((go) => setImmediate(go))
}

test('a hostile publisher does not affect its neighbour', async () => {
  await using salt = await startSaltHub()
  const subscriber = await RawSubscriber.open(salt.sockets.pub)
  await subscribed(salt, 1)
  const neighbour = await dial(salt.sockets.pull)
  let n = 0
  await fc.assert(
    fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 6 }), async (chunks) => {
      const publisher = await dial(salt.sockets.pull)
      publisher.on('error', () => undefined)
      const mine = saltFrame(`mine/${n}`, { n })
      await write(neighbour, mine.subarray(0, 9))
      for (const chunk of chunks) publisher.write(chunk)
      publisher.end()
      await write(neighbour, mine.subarray(9))
      n++
    }),
    { numRuns: 300 },
  )
  await write(neighbour, saltFrame('last', {}))
  // Complete events from hostile publishers may come after it.
  while (subscriber.events.every(({ tag }) => tag !== 'last')) {
    await subscriber.until(subscriber.events.length + 1)
  }
  const mine = subscriber.events.filter(({ tag }) => tag.startsWith('mine/'))
  expect(mine.map(({ data }) => data)).toEqual([...Array(n).keys()].map((own) => ({ n: own })))
  await quiet(salt)
})

test('connections that stop within a frame use no more memory than what they sent', async () => {
  await using salt = await startSaltHub({}, { limits: { halfReceived: '1MiB' } })
  const claim = hex('82 a468656164 80 a4626f6479 c6 03000000')
  const open = await Promise.all(Array.from({ length: 8 }, () => RawSubscriber.open(salt.sockets.pull)))
  for (const { socket } of open) socket.write(concat(claim, new Uint8Array(200_000)))
  // Together they would exceed the common limit, so some are closed.
  await Promise.race(open.map((peer) => peer.untilClosed()))
  const subscriber = await RawSubscriber.open(salt.sockets.pub)
  await subscribed(salt, 1)
  await write(await dial(salt.sockets.pull), saltFrame('a', {}))
  expect((await subscriber.until(1))[0].tag).toBe('a')
  expect(droppedOnSalt(salt.hub).map(({ code }) => code)).toContain('TCN_PROTOCOL_TOO_MANY')
  for (const { socket } of open) socket.destroy()
})

test('a frame that its publisher did not finish is counted', async () => {
  await using salt = await startSaltHub()
  const publisher = await dial(salt.sockets.pull)
  publisher.end(saltFrame('a', { n: 1 }).subarray(0, 20))
  while (droppedOnSalt(salt.hub).length === 0) await new Promise((go) => setImmediate(go))
  expect(droppedOnSalt(salt.hub)).toEqual([{ source: 'salt/master', code: 'TCN_SALT_FRAME', count: 1 }])
})

test('many tiny values in one frame do not delay other publishers', async () => {
  await using salt = await startSaltHub()
  const subscriber = await RawSubscriber.open(salt.sockets.pub)
  await subscribed(salt, 1)
  const many = encode({ head: Array.from({ length: 300_000 }, () => 1), body: 'x' })
  const publisher = await dial(salt.sockets.pull)
  publisher.write(many)
  await write(await dial(salt.sockets.pull), saltFrame('a', {}))
  expect((await subscriber.until(1))[0].tag).toBe('a')
})
