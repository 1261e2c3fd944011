import { afterAll, beforeAll, expect, test } from 'vitest'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { joinBody } from '../../../../src/protocols/salt/codec/body.js'
import { encodeFrame } from '../../../../src/protocols/salt/codec/frame.js'
import { concat, hex, text, toHex } from '../../../event/bytes.js'
import { droppedOnSalt } from '../../../helpers/open-face.js'
import { type SaltHub, saltFrame, startSaltHub, subscribed } from './fixture.js'
import { dial, RawSubscriber, write } from './raw-salt.js'

/** Input that publishers may send: events that a genuine bus of 3007 forwards are forwarded, all others dropped. */

const data = encode({ a: 1 })
const body = joinBody('my/tag', data)
const frame = encodeFrame(body)
const deep = hex(`${'91'.repeat(512)}00`)
const END = saltFrame('end', {})

let salt: SaltHub

beforeAll(async () => {
  salt = await startSaltHub()
})

afterAll(async () => {
  await salt[Symbol.asyncDispose]()
})

/** Returns the bytes that a subscriber receives of a stream, and checks that a concurrent publisher is not affected. */
async function pass(stream: Uint8Array): Promise<{ given: string; dropped: string[] }> {
  const before = totals()
  const subscriber = await RawSubscriber.open(salt.sockets.pub)
  await subscribed(salt, 1)
  const publisher = await dial(salt.sockets.pull)
  const neighbour = await dial(salt.sockets.pull)
  await write(neighbour, frame.subarray(0, 20))
  await write(publisher, concat(stream, END))
  await subscriber.until(1)
  while (subscriber.events.at(-1)?.tag !== 'end') await subscriber.until(subscriber.events.length + 1)
  await write(neighbour, concat(frame.subarray(20), END))
  const wanted = subscriber.events.length + 2
  await subscriber.until(wanted)
  expect(publisher.destroyed).toBe(false)
  for (const socket of [subscriber.socket, publisher, neighbour]) socket.destroy()
  while ([...salt.hub.bus.subscriptions].length > 0) await new Promise((go) => setImmediate(go))
  const own = toHex(subscriber.bytes).slice(0, -2 * (END.length * 2 + frame.length))
  return { given: own, dropped: totals().filter((code) => !before.includes(code)) }
}

function totals(): string[] {
  return droppedOnSalt(salt.hub).map(({ code, count }) => `${code} ${count}`)
}

test.each([
  ['body before head', encode({ body, head: {} }), [body]],
  ['a head with content', encode({ head: { mid: 7 }, body }), [body]],
  ['two frames in one write', concat(frame, frame), [body, body]],
  ['no head', encode({ body }), [body]],
  ['data that is a list', encodeFrame(joinBody('l', encode([1, 2]))), [joinBody('l', encode([1, 2]))]],
  ['a tag that is not ASCII', encodeFrame(joinBody('ü', data)), [joinBody('ü', data)]],
  ...['\t', '\n', '\0', '\u001b', '\u007f'].map((character): [string, Uint8Array, Uint8Array[]] => [
    `a tag with ${JSON.stringify(character)}`,
    encodeFrame(joinBody(`a${character}b`, data)),
    [joinBody(`a${character}b`, data)],
  ]),
  [
    'a tag of 65,000 bytes',
    encodeFrame(joinBody('x'.repeat(65_000), data)),
    [joinBody('x'.repeat(65_000), data)],
  ],
  ['data nested 512 deep', encodeFrame(joinBody('d', deep)), [joinBody('d', deep)]],
  ['more keys than Salt has', encode({ head: {}, enc: 'aes', body }), [body]],
])('%s is forwarded as body with an empty head', async (_, stream, bodies) => {
  const { given, dropped } = await pass(stream)
  expect(given).toBe(toHex(concat(...bodies.map(encodeFrame))))
  expect(dropped).toEqual([])
})

test.each([
  ['a body that is text with binary', concat(hex('82 a468656164 80 a4626f6479 ac'), body), 'TCN_SALT_FRAME'],
  ['a body without separator', encode({ head: {}, body: text('my/tag') }), 'TCN_FRAME_SEPARATOR'],
  ['a body that is a map', encode({ head: {}, body: { tag: 'a' } }), 'TCN_SALT_FRAME'],
  ['a frame without body', encode({ head: {} }), 'TCN_SALT_FRAME'],
  ['a frame that is no map', encode([{}, body]), 'TCN_SALT_FRAME'],
  ['a tag that is not UTF-8', encodeFrame(concat(hex('ff fe 0a 0a'), data)), 'TCN_TAG_UTF8'],
  ['an empty tag', encodeFrame(concat(hex('0a 0a'), data)), 'TCN_TAG_EMPTY'],
  ['a tag of 65,001 bytes', encodeFrame(joinBody('x'.repeat(65_001), data)), 'TCN_TAG_TOO_LONG'],
  ['a tag of 70,000 bytes', encodeFrame(joinBody('x'.repeat(70_000), data)), 'TCN_TAG_TOO_LONG'],
  ['a tag under hub', encodeFrame(joinBody('hub/stopping', data)), 'TCN_TAG_RESERVED'],
  ['bytes behind the data', encodeFrame(concat(body, hex('00'))), 'TCN_BODY_TRAILING'],
  ['data that is cut off', encodeFrame(body.subarray(0, -1)), 'TCN_BODY_INVALID'],
  ['data nested too deeply', encodeFrame(joinBody('a', hex(`${'91'.repeat(513)}00`))), 'TCN_BODY_DEPTH'],
])('%s is dropped and counted, without effect on other publishers', async (_, stream, code) => {
  const { given, dropped } = await pass(stream)
  expect(given).toBe('')
  expect(dropped).toEqual([expect.stringContaining(code)])
})

test('drops are reported in an event with their reason, many of them at most once a second', async () => {
  await using client = await salt.hub.connect()
  const told = client.subscribe('hub/dropped', { from: 'now' })
  await told.ready
  const events = told.events()[Symbol.asyncIterator]()
  const storm = Array.from({ length: 500 }, () => encodeFrame(joinBody('hub/no', data)))
  await write(await dial(salt.sockets.pull), concat(...storm))
  for (;;) {
    const { tag, data: report } = (await events.next()).value as {
      tag: string
      data: Record<string, unknown>
    }
    expect(tag).toBe('hub/dropped/salt/master')
    // Drops of the tests above may be reported now as well.
    if (report.code !== 'TCN_TAG_RESERVED' || report.count === 1) continue
    expect([500, 501]).toContain(report.count)
    expect(report).toMatchObject({ source: 'salt/master', message: expect.stringContaining('hub') })
    break
  }
})
