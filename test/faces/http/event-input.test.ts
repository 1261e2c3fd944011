import type { IncomingMessage } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameWriter } from '../../../src/event/frame-writer.js'
import { parseStrictJson } from '../../../src/event/json/strict.js'
import { traceOf, writeEvent, writeLine } from '../../../src/faces/http/publish/event-input.js'
import { LineSplitter } from '../../../src/faces/http/publish/line-splitter.js'
import { PlainLine } from '../../../src/faces/http/publish/plain-line.js'
import { LONG_JSON_BYTES } from '../../../src/incremental/read-json.js'

const newWriter = (maxFrame = 1 << 20) => new FrameWriter({ source: 'me', maxFrame })

const add = (writer: FrameWriter, value: unknown) =>
  writeEvent(writer, value, { typeOf: () => 'tocsin.event', trace: undefined })

const written = (writer: FrameWriter): Buffer => {
  const pieces: Uint8Array[] = []
  for (let piece = writer.take(); piece !== undefined; piece = writer.take()) pieces.push(piece.bytes)
  return Buffer.concat(pieces)
}

/** Reads lines that arrive in pieces of this size. */
async function received(
  lines: readonly string[],
  { limit = 1 << 16, largestFrame = 1 << 20, piece = Number.POSITIVE_INFINITY } = {},
) {
  const writer = newWriter(largestFrame)
  const plainLine = new PlainLine()
  const texts: string[] = []
  let faulty = 0
  const splitter = new LineSplitter(limit, {
    line(bytes) {
      texts.push(bytes.toString())
      return undefined
    },
    takes: (bytes, start, end) => writeLine(writer, plainLine, bytes, start, end),
    faulty: () => void faulty++,
  })
  const bytes = Buffer.from(`${lines.join('\n')}\n`)
  for (let at = 0; at < bytes.length; at += piece) await splitter.push(bytes.subarray(at, at + piece))
  await splitter.end()
  return { frames: written(writer), texts, faulty }
}

const tag = fc.string({ minLength: 1, maxLength: 30 }).filter((text) => !/[\p{C}"\\]/u.test(text))
const plainText = fc.string().filter((text) => !/[\p{C}"\\]/u.test(text))
const data = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,8}$/),
  fc.oneof(fc.boolean(), fc.integer(), plainText, fc.array(plainText, { maxLength: 3 })),
  { maxKeys: 8 },
)
const event = fc.record({ tag, data })

describe('trace context', () => {
  const ids = '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7'
  const trace = (traceparent: string, tracestate?: string) =>
    traceOf({ headers: { traceparent, tracestate } } as unknown as IncomingMessage)

  it.each([
    [`00-${ids}-01`, `00-${ids}-01`],
    [`00-${ids}-01-more`, undefined],
    [`01-${ids}-01`, `00-${ids}-01`],
    [`cc-${ids}-fe-what-the-future-brings`, `00-${ids}-00`],
    [`cc-${ids}-01.what`, undefined],
    [`ff-${ids}-01`, undefined],
    ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', undefined],
  ])('is read of %s as far as it is known', (given, kept) => {
    expect(trace(given)).toEqual(kept === undefined ? undefined : { traceparent: kept })
  })

  it.each(['a=1', 'rojo=00f067aa0ba902b7, congo=t61rcWkgMzE', 'a=1,,b=2', '1@x=y z'])(
    'has the state %s',
    (state) => expect(trace(`00-${ids}-01`, state)?.tracestate).toBe(state),
  )

  it.each([
    '=;=',
    'a',
    'A=1',
    'a=',
    'a=1=2',
    ',',
    Array.from({ length: 33 }, (_, n) => `a${n}=1`).join(),
    `a=${'x'.repeat(600)}`,
  ])('leaves the state %s out', (state) =>
    expect(trace(`00-${ids}-01`, state)).toEqual({ traceparent: `00-${ids}-01` }),
  )
})

describe('lines of JSON as events', () => {
  it('are encoded from bytes to the same frames as from objects', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        async (events, spaces) => {
          const lines = events.map((one) => {
            const text = JSON.stringify(one)
            return spaces ? text.replace('{"tag":', '{"tag": ').replace('","data":', '", "data": ') : text
          })
          const { frames, texts } = await received(lines)
          const slow = newWriter()
          for (const line of lines) add(slow, parseStrictJson(line))
          expect(texts).toEqual([])
          expect(frames).toEqual(written(slow))
        },
      ),
    )
  })

  it.each([
    '{"tag":"a","data":1} ',
    '{"tag":"a","data":1}\r',
    ' {"tag":"a","data":1}',
    '{"tag":"a","data":1,"kind":3}',
    '{"tag":"","data":1}',
    '{"tag":"a\\u0062","data":1}',
    '{"tag":"a\u007f","data":1}',
    '{"tag":1,"data":1}',
    '{"tag":"a","data":}',
    '{"tag":"a","data":1',
    '{"tag":"a","data"',
    '{"tag":"a"',
    '{"tag":"a',
    '{"tag":',
    `{"tag":"${'t'.repeat(1025)}","data":1}`,
    '{"data":1,"tag":"a"}',
    '',
    'x',
  ])('leave %j to the reader of text', async (line) => {
    const good = '{"tag":"a","data":1}'
    const { frames, texts } = await received([good, line, good])
    expect(texts).toEqual([line])
    expect(frames).toEqual((await received([good, good])).frames)
  })

  it('have tags whose characters are looked at wherever they stand', async () => {
    const odd = ['"', '\\', '\u0000', '\t', '\u001f', '\u007f', 'ü', '😀', '~', '!']
    for (const character of odd) {
      const isTag = /^[^"\\\p{Cc}]$/u.test(character)
      for (let at = 0; at < 9; at++) {
        const line = `{"tag":"${'t'.repeat(at)}${character}${'t'.repeat(8 - at)}","data":1}`
        const { frames, texts } = await received([line])
        expect(texts).toEqual(isTag ? [] : [line])
        if (!isTag) continue
        const slow = newWriter()
        add(slow, JSON.parse(line))
        expect(frames).toEqual(written(slow))
      }
    }
  })

  it('leave bodies that are deeper than some hubs allow to the reader of text', async () => {
    const nested = (levels: number) => `{"tag":"a","data":${'['.repeat(levels)}${']'.repeat(levels)}}`
    const { texts } = await received([nested(8), nested(9), nested(8)])
    expect(texts).toEqual([nested(9)])
  })

  it('leave a frame that is too large to the reader of text, which reports the error', async () => {
    const line = `{"tag":"a","data":"${'x'.repeat(500)}"}`
    expect(await received([line], { largestFrame: 400 })).toMatchObject({
      texts: [line],
      frames: Buffer.alloc(0),
    })
    expect((await received([line], { largestFrame: 600 })).texts).toEqual([])
  })

  it('are accepted up to the limit, and refused beyond it', async () => {
    const line = '{"tag":"a","data":12345}'
    expect(await received([line, line], { limit: line.length })).toMatchObject({ texts: [], faulty: 0 })
    expect(await received([line, line], { limit: line.length - 1 })).toMatchObject({
      frames: Buffer.alloc(0),
      faulty: 2,
    })
  })

  it('are encoded from bytes wherever they are cut into pieces', async () => {
    const lines = ['{"tag":"a","data":"ü😀"}', '{"tag":"b","data":2}']
    const { frames } = await received(lines)
    for (let piece = 1; piece < 60; piece++)
      expect(await received(lines, { piece })).toEqual({ frames, texts: [], faulty: 0 })
  })

  it('are accepted in every size, one after another', async () => {
    const lines = Array.from({ length: 60 }, (_, n) => `{"tag":"a","data":"${'x'.repeat(n * 1000)}"}`)
    const { frames, texts } = await received(lines)
    expect(texts).toEqual([])
    const slow = newWriter()
    for (const line of lines) add(slow, JSON.parse(line))
    expect(frames.equals(written(slow))).toBe(true)
  })

  it('wait for a line that takes steps', async () => {
    const seen: string[] = []
    const splitter = new LineSplitter(1 << 20, {
      line(bytes) {
        seen.push(`begins ${bytes.length}`)
        if (bytes.length <= LONG_JSON_BYTES) return undefined
        return setImmediate().then(() => void seen.push(`has ended ${bytes.length}`))
      },
      takes: () => -1,
      faulty: () => void seen.push('faulty'),
    })
    const line = (size: number) => Buffer.from(`${'x'.repeat(size)}\n`)
    await splitter.push(Buffer.concat([line(LONG_JSON_BYTES), line(LONG_JSON_BYTES + 1), line(3)]))
    await splitter.push(Buffer.from('x'.repeat(LONG_JSON_BYTES + 2)))
    await splitter.end()
    expect(seen).toEqual([
      `begins ${LONG_JSON_BYTES}`,
      `begins ${LONG_JSON_BYTES + 1}`,
      `has ended ${LONG_JSON_BYTES + 1}`,
      'begins 3',
      `begins ${LONG_JSON_BYTES + 2}`,
      `has ended ${LONG_JSON_BYTES + 2}`,
    ])
  })
})
