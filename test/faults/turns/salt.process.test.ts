import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { encode } from '../../../src/event/index.js'
import { encodeFrame } from '../../../src/protocols/salt/codec/frame.js'
import { AttackedHub } from './attacked-hub.js'
import { holdsNobodyUp } from './expect-short-turns.js'
import { stored } from './syslog.js'

/** Publishers of a Salt bus hold nobody up, whatever they send. */

let hub: AttackedHub
let port: number
beforeAll(async () => {
  hub = await AttackedHub.start('salt: [{ bus: turns, tcp: { pub: 0, pull: 0 } }]\n')
  const { listeners } = await hub.client.request<{ listeners: { face: string; address: string }[] }>(
    'hub.status',
    {},
  )
  const [, pull] = listeners.filter(({ face }) => face === 'salt')
  port = Number(pull.address.split(':').at(-1))
})
afterAll(() => hub[Symbol.asyncDispose]())

/** Resolves when the hub has read everything, or has closed the connection. */
function send(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    // Bytes that are no frames end a connection.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve())
    socket.resume().end(bytes)
  })
}

const PUBLISHERS = 8
const FRAMES = 20_000
const MB = 2 ** 20

const fromAll = (bytes: Uint8Array) => Promise.all(Array.from({ length: PUBLISHERS }, () => send(bytes)))
const many = (value: Uint8Array) => Buffer.concat(Array.from({ length: FRAMES }, () => value))

it('very many small events of many publishers at once', () => {
  const bytes = many(encodeFrame(Buffer.from('load/salt\n\n\x80', 'latin1')))
  return holdsNobodyUp(hub, () => stored(hub, PUBLISHERS * FRAMES, async () => void (await fromAll(bytes))))
})

it('very many small frames without a body', () =>
  holdsNobodyUp(hub, () => fromAll(many(encode({ head: {} })))))

it('very many small frames whose body is text', () =>
  holdsNobodyUp(hub, () => fromAll(many(encode({ head: {}, body: 'load/salt\n\n\x80' })))))

it('bytes that are not of frames, long ones and deep ones', () =>
  holdsNobodyUp(hub, async () => {
    for (const bytes of [
      Buffer.from(Array.from({ length: MB }, (_, nth) => (nth * 7919) % 256)),
      Buffer.alloc(MB, 0xc1),
      Buffer.alloc(MB, 0x91),
    ])
      await fromAll(bytes)
    expect((await hub.client.request('hub.status', {})).listeners.length).toBeGreaterThan(0)
  }))
