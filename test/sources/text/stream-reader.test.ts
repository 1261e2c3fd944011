import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Runtime } from '../../../src/event/runtime.js'
import { LineSplitter } from '../../../src/sources/text/line-splitter.js'
import { StreamReader } from '../../../src/sources/text/stream-reader.js'
import { READING_MS } from '../../../src/transport/reading-turns.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

/** So many lines are read in a turn, each of which takes a part of the time. */
const A_TURN = 160

/** A reader of lines, whose turns of the event loop the test begins one by one. */
function reading(accepts: (line: string) => boolean = () => true, gatherFor?: number) {
  const clock = new FakeRuntime()
  const turns: (() => void)[] = []
  let spent = 0
  const runtime: Runtime = {
    ...clock,
    monotonic: () => spent + clock.monotonic(),
    soon: (run) => void turns.push(run),
  }
  const stream = new PassThrough()
  const splitter = new LineSplitter(100, 0, false)
  const lines: string[] = []
  const seen = { drained: 0, over: 0 }
  const reader = new StreamReader({
    stream,
    runtime,
    gatherFor,
    splitter: {
      feed: (chunk) => splitter.feed(chunk),
      next: () => splitter.line(),
      rest: () => splitter.rest(),
    },
    take({ bytes }) {
      const line = Buffer.from(bytes).toString()
      spent += READING_MS / A_TURN
      return accepts(line) && lines.push(line) > 0
    },
    drained: () => seen.drained++,
    over: () => seen.over++,
  })
  const pass = (ms: number) => {
    clock.advance(ms)
    while (turns.length > 0) turns.shift()!()
  }
  return { clock, turns, stream, lines, seen, reader, pass }
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `${n}`)
const io = () => new Promise<void>((done) => setImmediate(done))

describe('a stream that is read piece by piece', () => {
  it('gives others a turn however many pieces one chunk has, and loses none', async () => {
    const { turns, stream, lines, seen, reader } = reading()
    const sent = numbered(3 * A_TURN + 5)
    stream.end(`${sent.join('\n')}\n`)
    await io()
    let turn = 0
    while (reader.waits) {
      turn++
      expect(lines.length).toBeLessThanOrEqual(turn * (A_TURN + 16))
      expect(lines.length).toBeGreaterThan((turn - 1) * A_TURN)
      expect(seen.drained).toBe(0)
      expect(turns).toHaveLength(1)
      turns.shift()!()
    }
    expect(lines).toEqual(sent)
    expect(turn).toBeGreaterThanOrEqual(2)
    await io()
    await io()
    expect(seen.over).toBe(1)
  })

  it('reads nothing while the hub accepts nothing, and goes on with the piece that was refused', async () => {
    let isOpen = false
    const { pass, stream, lines, reader } = reading(() => isOpen)
    stream.write('a\nb\n')
    await io()
    expect(stream.isPaused()).toBe(true)
    expect(reader.waits).toBe(true)
    isOpen = true
    pass(1000)
    expect(lines).toEqual(['a', 'b'])
    await io()
    expect(stream.isPaused()).toBe(false)
  })

  it('loses nothing if the stream goes on although it was paused', async () => {
    const { turns, stream, lines } = reading()
    const sent = numbered(3 * A_TURN)
    const half = sent.length / 2
    stream.write(`${sent.slice(0, half).join('\n')}\n`)
    await io()
    stream.write(`${sent.slice(half).join('\n')}\n`)
    stream.resume()
    await io()
    expect(stream.isPaused()).toBe(true)
    while (turns.length > 0) turns.shift()!()
    expect(lines).toEqual(sent)
  })

  it('takes nothing more once it is abandoned', async () => {
    const { turns, stream, lines, reader } = reading()
    stream.write(`${numbered(2 * A_TURN).join('\n')}\n`)
    await io()
    reader.abandon()
    turns.shift()!()
    expect(lines.length).toBeLessThan(2 * A_TURN)
  })
})

describe('a stream whose writer writes each piece by itself', () => {
  const GATHER_MS = 5
  const trickling = () => {
    const read = reading(() => true, GATHER_MS)
    const write = async (...lines: string[]) => {
      for (const line of lines) {
        read.stream.write(`${line}\n`)
        await io()
      }
    }
    return { ...read, write }
  }

  it('has pieces that follow each other taken together, and others at once', async () => {
    const { clock, pass, stream, lines, write } = trickling()
    await write('a')
    pass(2 * GATHER_MS)
    await write('b')
    expect(lines).toEqual(['a', 'b'])
    expect(stream.isPaused()).toBe(false)
    await write('c', 'd', 'e')
    expect(lines).toEqual(['a', 'b', 'c'])
    pass(GATHER_MS)
    expect(lines).toEqual(['a', 'b', 'c', 'd', 'e'])
    pass(GATHER_MS)
    expect(stream.isPaused()).toBe(false)
    expect(clock.pending).toBe(0)
    pass(GATHER_MS)
    await write('f')
    expect(lines.at(-1)).toBe('f')
  })

  it('is read without a pause while more arrives than a little', async () => {
    const { turns, stream, lines, write } = trickling()
    await write('a', numbered(10_000).join('\n'))
    while (turns.length > 0) turns.shift()!()
    await io()
    expect(lines).toHaveLength(10_001)
    expect(stream.isPaused()).toBe(false)
  })

  it('loses nothing at its end', async () => {
    const { pass, stream, lines, seen, write } = trickling()
    await write('a', 'b', 'c')
    stream.end('d')
    await io()
    expect(lines).toEqual(['a', 'b'])
    for (let left = 4; left > 0; left--) {
      pass(GATHER_MS)
      await io()
    }
    expect(lines).toEqual(['a', 'b', 'c', 'd'])
    expect(seen.over).toBe(1)
  })

  it('takes nothing more once it is abandoned in a pause', async () => {
    const { clock, pass, lines, reader, write } = trickling()
    await write('a', 'b', 'c')
    reader.abandon()
    pass(GATHER_MS)
    expect(clock.pending).toBe(0)
    expect(lines).toEqual(['a', 'b'])
  })
})
