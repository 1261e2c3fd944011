// Runs on each supported Node.js: HTTP parsing and its limits.
import type { ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { Event } from '../../../../src/event/event.js'
import { encodeFrame } from '../../../../src/event/frame.js'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { eventSteps, writeSteps } from '../../../../src/faces/http/read/long-answer.js'
import { EventTexts } from '../../../../src/faces/web/event-text.js'
import { LongWork } from '../../../../src/incremental/long-work.js'
import { FakeRuntime } from '../../../helpers/fake-runtime.js'

const KiB = 1024
const texts = new EventTexts({ epoch: 'e', typeOf: () => 'tocsin.event' })
const event = (seq: number, data: unknown) =>
  new Event(encodeFrame({ tag: `t/${seq}`, source: 'host/a', body: encode(data), seq, time: 1e15 }))
const list = { before: '[', between: ',', after: ']' }

/** A client that takes what is written when the test says so. */
class Client extends Writable {
  taken = 0
  #take: (() => void) | undefined

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.taken += chunk.length
    this.#take = done
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    for (const { chunk } of chunks) this.taken += chunk.length
    this.#take = done
  }

  take(): void {
    this.#take?.()
  }
}

function start(pieces: number) {
  const runtime = new FakeRuntime()
  const client = new Client()
  const made = { steps: 0 }
  function* steps(): Generator<readonly Uint8Array[], void> {
    for (; made.steps < pieces; ) {
      made.steps++
      yield [Buffer.alloc(16 * KiB)]
    }
  }
  const turn = { work: new LongWork(runtime, { isSmall: true }), principal: 'reader' }
  const written = writeSteps(client as unknown as ServerResponse, steps, turn)
  return { runtime, client, made, written }
}

describe('an answer in steps', () => {
  it('is made only as the client takes it', async () => {
    const { runtime, client, made, written } = start(100)
    await runtime.settle()
    expect(made.steps).toBe(5)
    client.take()
    await runtime.settle()
    expect(made.steps).toBeLessThanOrEqual(10)
    while (made.steps < 100 || client.writableLength > 0) {
      client.take()
      await runtime.settle()
    }
    await written
    expect(client.taken).toBe(100 * 16 * KiB)
  })

  it('is not made on when the client has disconnected', async () => {
    const { runtime, client, made, written } = start(100)
    await runtime.settle()
    client.destroy()
    await written
    await runtime.settle()
    expect(made.steps).toBe(5)
  })

  it('joins short events, and makes long ones in pieces', () => {
    const events = [
      ...Array.from({ length: 2000 }, (_, seq) => event(seq, 'x')),
      event(2001, 'x'.repeat(400_000)),
    ]
    const steps = [...eventSteps(texts, events, list)]
    expect(JSON.parse(Buffer.concat(steps.flat()).toString())).toHaveLength(2001)
    expect(steps.length).toBeGreaterThan(40)
    expect(steps.length).toBeLessThan(100)
    for (const piece of steps.flat()) expect(piece.length).toBeLessThan(64 * KiB)
  })

  it('is whole without events', () => {
    expect(Buffer.concat([...eventSteps(texts, [], list)].flat()).toString()).toBe('[]')
  })
})
