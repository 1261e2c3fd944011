import { describe, expect, it } from 'vitest'
import { encodeFrame, frameBytes, frameSeq } from '../../src/event/frame.js'
import { encode } from '../../src/event/msgpack/encoder.js'
import type { SourceSink } from '../../src/sources/source.js'
import { UntilDurable } from '../../src/upstream/until-durable.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

/** A log whose disk takes what the test says, and what was handed on. */
class Stage {
  readonly runtime = new FakeRuntime()
  readonly handed: (number | string)[] = []
  asked: number[] = []
  drained = 0
  #durable = 0
  #waiting: { seq: number; done: (error?: Error) => void }[] = []
  readonly sink: SourceSink = {
    pending: 0,
    write: (pieces) => {
      for (const piece of pieces)
        for (let at = 0; at < piece.length; at += frameBytes(piece, at)) this.handed.push(frameSeq(piece, at))
    },
    position: (seq) => this.handed.push(`position ${seq}`),
    live: (seq) => this.handed.push(`live ${seq}`),
    gap: (_reason, from, to) => this.handed.push(`gap ${from}-${to}`),
    end: () => this.handed.push('end'),
  }
  readonly held = new UntilDurable(this, this.sink, () => this.drained++)

  flushedTo(): number {
    return this.#durable
  }

  flushed(seq: number): Promise<void> {
    this.asked.push(seq)
    if (seq <= this.#durable) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ seq, done: (error) => (error === undefined ? resolve() : reject(error)) })
    })
  }

  write(...seqs: number[]): void {
    this.held.write(seqs.map((seq) => frame(seq)))
  }

  /** The disk has everything up to there. */
  async flush(seq: number): Promise<void> {
    this.#durable = seq
    for (const each of this.#waiting.filter((waiting) => waiting.seq <= seq)) each.done()
    this.#waiting = this.#waiting.filter((waiting) => waiting.seq > seq)
    await this.runtime.pass(100)
  }

  /** The disk takes nothing more; it has everything up to there. */
  async fail(durable = this.#durable): Promise<void> {
    this.#durable = durable
    for (const { done } of this.#waiting.splice(0)) done(new Error('no space left'))
    await this.runtime.pass(100)
  }
}

function frame(seq: number, size = 10): Uint8Array {
  const body = encode(new Uint8Array(size))
  return encodeFrame({ seq, time: seq, tag: 't', source: 's', body })
}

describe('what an edge hub forwards', () => {
  it('is handed on in its order once it is on the disk, and not before', async () => {
    const stage = new Stage()
    stage.write(1, 2)
    stage.held.gap('retention', 3, 4, 4)
    stage.write(5)
    stage.held.position(6)
    stage.held.live(6)
    await stage.runtime.pass(200)
    expect([stage.handed, stage.held.isEmpty]).toEqual([[], false])
    await stage.flush(6)
    expect(stage.handed).toEqual([1, 2, 'gap 3-4', 5, 'position 6', 'live 6'])
    expect([stage.held.isEmpty, stage.drained]).toEqual([true, 1])
  })

  it('is handed on up to the place that the disk has', async () => {
    const stage = new Stage()
    stage.write(1)
    await stage.runtime.pass(100)
    stage.write(2)
    await stage.flush(1)
    expect(stage.handed).toEqual([1])
    await stage.flush(2)
    expect(stage.handed).toEqual([1, 2])
  })

  it('is not held if the disk is known to have it', async () => {
    const stage = new Stage()
    stage.write(9)
    await stage.runtime.pass(100)
    await stage.flush(9)
    stage.write(3)
    expect(stage.handed).toEqual([9, 3])
  })

  it('waits for the commit that the log makes by itself, unless it is much', async () => {
    const stage = new Stage()
    stage.write(1)
    expect(stage.asked).toEqual([])
    await stage.runtime.pass(49)
    expect(stage.asked).toEqual([])
    stage.held.write([frame(2, 300_000)])
    expect(stage.asked).toEqual([2])
  })

  it('holds no more than a window of bytes before it says that it is behind', () => {
    const stage = new Stage()
    stage.held.write([frame(1, 1_000_000)])
    expect(stage.held.pending).toBe(0)
    stage.held.write([frame(2, 1_000_000)])
    expect(stage.held.pending).toBeGreaterThan(900_000)
  })

  it('is held while the disk takes nothing, and is asked for again', async () => {
    const stage = new Stage()
    stage.write(1)
    await stage.runtime.pass(100)
    await stage.fail()
    expect(stage.handed).toEqual([])
    await stage.runtime.pass(2000)
    expect(stage.asked).toEqual([1, 1])
    await stage.flush(1)
    expect(stage.handed).toEqual([1])
  })

  it('is handed on as far as a full disk has it, also of events that came together', async () => {
    const stage = new Stage()
    stage.held.position(1)
    stage.held.write([Buffer.concat([frame(2), frame(3), frame(4)]), frame(5)])
    stage.held.live(5)
    await stage.runtime.pass(100)
    expect(stage.asked).toEqual([5])
    await stage.fail(3)
    expect(stage.handed).toEqual(['position 1', 2, 3])
    await stage.runtime.pass(1000)
    await stage.fail(4)
    expect(stage.handed).toEqual(['position 1', 2, 3, 4])
    await stage.runtime.pass(1000)
    await stage.flush(5)
    expect(stage.handed).toEqual(['position 1', 2, 3, 4, 5, 'live 5'])
    expect(stage.held.isEmpty).toBe(true)
  })

  it('is dropped at the end, since the next connection reads it again', async () => {
    const stage = new Stage()
    stage.write(1)
    stage.held.end(undefined)
    await stage.flush(1)
    expect(stage.handed).toEqual(['end'])
  })
})
