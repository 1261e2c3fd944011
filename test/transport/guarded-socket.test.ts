import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { connectionCuts } from '../../src/transport/cuts.js'
import type { Units } from '../../src/transport/units.js'
import { guardedPair } from './guarded-pair.js'

const LARGE = 4 * 1024 * 1024

/** Waits until a value stays the same for some turns of the event loop, in which there was something to do. */
async function standsStill(value: () => number): Promise<number> {
  for (let last = -1, same = 0; same < 20; ) {
    same = value() === last ? same + 1 : 0
    last = value()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return value()
}

it('all bytes of a peer arrive in order, and then its end', async () => {
  const { peer, guarded } = await guardedPair()
  const sent = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251))
  peer.end(sent)
  const pieces: Buffer[] = []
  for await (const piece of guarded) pieces.push(piece)
  expect(Buffer.concat(pieces).equals(sent)).toBe(true)
})

it('all bytes for a peer are sent before the connection is closed', async () => {
  const { peer, guarded } = await guardedPair()
  guarded.resume()
  guarded.cork()
  for (let n = 0; n < 100; n++) guarded.write(Buffer.alloc(10_000, n))
  guarded.uncork()
  guarded.destroySoon()
  let received = 0
  for await (const piece of peer) received += piece.length
  expect(received).toBe(1_000_000)
})

it('while the peer does not read its answers, nothing is read from it', async () => {
  const { peer, bare, guarded } = await guardedPair()
  // Each byte is answered by a hundred.
  guarded.on('data', (bytes: Buffer) => guarded.write(Buffer.alloc(bytes.length * 100)))
  peer.pause()
  peer.write(Buffer.alloc(LARGE))
  const read = await standsStill(() => bare.bytesRead)
  expect(read).toBeLessThan(LARGE / 2)
  expect(guarded.writableLength + bare.writableLength).toBeLessThan(LARGE)
  peer.resume()
  await expect.poll(() => bare.bytesRead).toBeGreaterThan(read)
})

it('while nobody takes the bytes, they are left to the system', async () => {
  const { peer, bare, guarded } = await guardedPair()
  peer.write(Buffer.alloc(8 * LARGE))
  expect(await standsStill(() => bare.bytesRead)).toBeLessThan(LARGE)
  guarded.resume()
  await expect.poll(() => bare.bytesRead).toBe(8 * LARGE)
})

it('a byte more than is expected ends the connection with the reason', async () => {
  const { peer, guarded, ended } = await guardedPair()
  guarded.expect(1000, 'it talks too much')
  guarded.resume()
  peer.write(Buffer.alloc(1001))
  expect(await ended).toBe('it talks too much')
  await once(peer, 'close')
})

it('a connection that is ended because of its peer is reported, and one that the hub ends is not', async () => {
  const cuts: unknown[] = []
  const note = (cut: unknown) => void cuts.push(cut)
  connectionCuts.subscribe(note)
  onTestFinished(() => void connectionCuts.unsubscribe(note))
  const { guarded: own, ended: ownEnd } = await guardedPair()
  own.destroy()
  expect(await ownEnd).toBeUndefined()
  const { peer, guarded, ended } = await guardedPair()
  guarded.expect(0, 'it may say nothing')
  guarded.resume()
  peer.write('hello')
  await ended
  expect(cuts).toEqual([{ work: { face: 'test', what: 'bytes' }, reason: 'it may say nothing' }])
})

it('a fault that is found after a piece ends the connection, and nothing more is handed over', async () => {
  let pieces = 0
  const { peer, guarded, ended } = await guardedPair({
    fault: () => (pieces > 2 ? 'three are enough' : undefined),
  })
  guarded.on('data', () => pieces++)
  peer.write(Buffer.alloc(LARGE))
  expect(await ended).toBe('three are enough')
  expect(pieces).toBe(3)
})

it('what a library throws while it reads ends its connection', async () => {
  const { peer, guarded, ended } = await guardedPair()
  guarded.on('data', () => {
    throw new Error('no such packet')
  })
  peer.write('x')
  expect(await ended).toBe('no such packet')
})

it('bytes are handed over in whole units, and one that may not come ends the connection', async () => {
  const lines: Units = {
    held: 0,
    push(bytes) {
      waiting += bytes.toString()
    },
    next() {
      const end = waiting.indexOf('\n') + 1
      if (end > 5) throw new Error('a line is too long')
      const line = waiting.slice(0, end)
      waiting = waiting.slice(end)
      return end === 0 ? undefined : Buffer.from(line)
    },
  }
  let waiting = ''
  const { peer, guarded, ended } = await guardedPair({ units: lines })
  const received: string[] = []
  guarded.on('data', (line: Buffer) => received.push(line.toString()))
  peer.write('one\ntwo\nth')
  await expect.poll(() => received).toEqual(['one\n', 'two\n'])
  peer.write('ree\n')
  expect(await ended).toBe('a line is too long')
})

it('a connection that breaks is closed on this side, with the reason', async () => {
  const { peer, guarded, ended } = await guardedPair()
  guarded.resume()
  peer.resetAndDestroy()
  expect(await ended).toMatch(/ECONNRESET/)
})
