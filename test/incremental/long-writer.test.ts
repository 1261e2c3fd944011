import { describe, expect, it } from 'vitest'
import type { LongOutput } from '../../src/bus/sink.js'
import { LongWork } from '../../src/incremental/long-work.js'
import { type LongPeer, LongWriter } from '../../src/incremental/long-writer.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

const KiB = 1024

/** A peer that takes what it is sent when the test says so. */
class TestPeer implements LongPeer {
  readonly principal = 'reader'
  readonly sent: string[] = []
  unsent = 0
  isDone = false
  failure: unknown

  send(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      this.sent.push(Buffer.from(piece).toString('latin1', 0, 1))
      this.unsent += piece.length
    }
  }

  longDone(): void {
    this.isDone = true
  }

  longFailed(error: unknown): void {
    this.failure = error
  }
}

/** Output of so many pieces of 16 KiB, which counts the steps that were done. */
function output(name: string, pieces: number) {
  const counted = { steps: 0 }
  const long: LongOutput = {
    bytes: pieces * 16 * KiB,
    *steps() {
      for (let step = 0; step < pieces; step++) {
        counted.steps++
        yield [Buffer.alloc(16 * KiB, name)]
      }
    },
  }
  return { long, counted }
}

function start() {
  const runtime = new FakeRuntime()
  const peer = new TestPeer()
  const writer = new LongWriter(peer, new LongWork(runtime, { isSmall: true }))
  const take = () => {
    peer.unsent = 0
    writer.goOn()
  }
  return { runtime, peer, writer, take }
}

describe('long output', () => {
  it('is made only as the peer takes it', () => {
    const { runtime, peer, writer, take } = start()
    const { long, counted } = output('a', 100)
    writer.add([long])
    runtime.turn()
    expect(counted.steps).toBe(5)
    take()
    runtime.turn()
    expect(counted.steps).toBe(10)
    expect(peer.isDone).toBe(false)
  })

  it('is followed by what came after it, in order', () => {
    const { runtime, peer, writer, take } = start()
    writer.add([Buffer.from('1'), output('a', 3).long])
    writer.add([Buffer.from('2')])
    writer.add([output('b', 2).long, Buffer.from('3')])
    for (let turn = 0; turn < 3; turn++) {
      runtime.turn()
      take()
    }
    expect(peer.sent.join('')).toBe('1aaa2bb3')
    expect(peer.isDone).toBe(true)
  })

  it('counts what waits as pending, so that little more is read from the log for the peer', () => {
    const { runtime, writer } = start()
    writer.add([output('a', 10).long])
    runtime.turn()
    const inProgress = writer.pending
    expect(inProgress).toBeGreaterThan(64 * KiB)
    writer.add([Buffer.alloc(1000)])
    expect(writer.pending).toBe(inProgress + 1000)
    writer.add([output('b', 10).long])
    expect(writer.pending).toBe(inProgress + 1000 + 160 * KiB)
  })

  it('is not made on after the peer has left', () => {
    const { runtime, peer, writer, take } = start()
    const { long, counted } = output('a', 100)
    writer.add([long, Buffer.from('1')])
    runtime.turn()
    writer.stop()
    take()
    runtime.turn()
    expect(counted.steps).toBe(5)
    expect(peer.isDone).toBe(false)
  })

  it('takes turns with that of other principals', () => {
    const runtime = new FakeRuntime()
    const work = new LongWork(runtime, { isSmall: true })
    const order: string[] = []
    for (const principal of ['a', 'b']) {
      const peer: LongPeer = {
        principal,
        unsent: 0,
        send: () => order.push(principal),
        longDone: () => {},
        longFailed: () => {},
      }
      new LongWriter(peer, work).add([output(principal, 3).long])
    }
    runtime.turn()
    expect(order.join('')).toBe('ababab')
  })

  it('ends the connection if making it fails', async () => {
    const { runtime, peer, writer } = start()
    writer.add([
      {
        bytes: 1,
        // biome-ignore lint/correctness/useYield: it fails before.
        *steps() {
          throw new Error('broken')
        },
      },
    ])
    await runtime.settle()
    expect(peer.failure).toMatchObject({ message: 'broken' })
  })
})
