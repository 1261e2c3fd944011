import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { portOf } from '../../../src/parts/bound-port.js'
import { SyslogFramer } from '../../../src/sources/syslog/framer.js'
import { StreamListener } from '../../../src/sources/tcp/stream-listener.js'
import { type ListenedPeer, StreamPeer } from '../../../src/sources/tcp/stream-peer.js'
import { clockByHand, type FakeRuntime } from '../../helpers/fake-runtime.js'

let clock: FakeRuntime
let listener: StreamListener
let sender: Socket
let peer: ListenedPeer
let isFull: boolean
let refusals: number
let taken: string[]
/** Why connections have ended. */
let ends: (string | undefined)[]

beforeEach(async () => {
  clock = clockByHand()
  isFull = false
  refusals = 0
  taken = []
  ends = []
  const server = createServer()
  listener = new StreamListener({
    transport: 'tcp',
    server,
    maxPeers: 10,
    runtime: clock,
    peer: (connection) => {
      const over = (reason?: string) => {
        ends.push(reason)
        connection.over()
      }
      const take = ({ bytes }: { bytes: Buffer }) => {
        if (isFull) refusals++
        else taken.push(bytes.toString())
        return !isFull
      }
      peer = new StreamPeer({ ...connection, over }, { framer: new SyslogFramer(1_000), take })
      return peer
    },
    accepts: () => true,
    refused: () => {},
  })
  await listener.listen({ host: '127.0.0.1', port: 0 })
  sender = connect(portOf(server, 0), '127.0.0.1')
  sender.on('error', () => {})
  await expect.poll(() => listener.peers).toBe(1)
})
afterEach(async () => {
  sender.destroy()
  await listener.close()
})

it('a sender whose message does not end within 30 s is closed, and what it has sent of it is taken', async () => {
  sender.write('<13>a\n<13>ha')
  await expect.poll(() => taken).toEqual(['<13>a'])
  clock.advance(25_000)
  expect(ends).toEqual([])
  clock.advance(10_000)
  await expect.poll(() => ends).toEqual(['a message did not end in time'])
  expect(taken).toEqual(['<13>a', '<13>ha'])
})

it('a sender is not closed while it waits for the hub, and nothing of it is lost', async () => {
  sender.write('<13>a\n<13>ha')
  await expect.poll(() => taken).toEqual(['<13>a'])
  isFull = true
  sender.write('lf\n<13>c')
  await expect.poll(() => refusals).toBeGreaterThan(0)
  expect(peer.held).toBe(0)
  clock.advance(120_000)
  isFull = false
  clock.advance(10_000)
  sender.end('\n')
  await expect.poll(() => ends).toEqual([undefined])
  expect(taken).toEqual(['<13>a', '<13>half', '<13>c'])
})

it('a sender that is always in the middle of a message is not closed while its messages end', async () => {
  sender.write('<13>0')
  await expect.poll(() => peer.held).toBeGreaterThan(0)
  for (let nth = 1; nth <= 12; nth++) {
    sender.write(`\n<13>${nth}`)
    await expect.poll(() => taken).toHaveLength(nth)
    clock.advance(5_000)
  }
  sender.end()
  await expect.poll(() => ends).toEqual([undefined])
})
