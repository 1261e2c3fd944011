import fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { parseEdgePosition } from '../../../src/event/edge-position.js'
import { iterateFrames } from '../../../src/event/event.js'
import { encodeFrame, setFrameSeq, setFrameTime } from '../../../src/event/frame.js'
import { encode } from '../../../src/event/index.js'
import { parseTime } from '../../../src/event/position.js'
import { compileFilter, everything } from '../../../src/filter/index.js'
import { MergedEvents, type MergedRange } from '../../../src/methods/asking/merged-events.js'
import { type AskingContext, EdgeQuestion } from '../../../src/methods/asking/question.js'
import { Edges } from '../../../src/methods/edges.js'
import { type Call, method } from '../../../src/methods/method.js'
import { realRuntime } from '../../helpers/real-runtime.js'

const START = 1_764_000_000_000_000
const all = compileFilter(everything, { typeOf: () => '' })

/** An edge hub whose events have these times, which answers with pages of `size` events until it fails. */
class FakeEdge {
  readonly epoch: string
  readonly #times: readonly number[]
  readonly #size: number
  #left: number

  constructor(nth: number, times: readonly number[], size: number, failsAfter: number) {
    this.epoch = `0abcdefghij${String(nth).padStart(2, '0')}`
    this.#times = times.toSorted((a, b) => a - b)
    this.#size = size
    this.#left = failsAfter
  }

  answer({ from, before, limit }: Record<string, unknown>): object {
    if (this.#left-- <= 0) throw new TocsinError('TCN_EDGE_AWAY')
    const seqs = this.#times.map((_, nth) => nth + 1)
    const isBackwards = before !== undefined
    const wanted = isBackwards
      ? seqs.filter((seq) => this.#isBefore(seq, String(before))).reverse()
      : seqs.filter((seq) => this.#isFrom(seq, String(from)))
    const page = wanted.slice(0, Math.min(Number(limit), this.#size))
    const last = page.at(-1) ?? 0
    return {
      frames: Buffer.concat(page.map((seq) => this.#frame(seq))),
      count: page.length,
      next: page.length < wanted.length ? `${this.epoch}-${last}` : undefined,
      cursor: `${this.epoch}-${last}`,
      first: 1,
      gaps: [],
    }
  }

  #isFrom(seq: number, text: string): boolean {
    if (text === 'start') return true
    const time = parseTime(text)
    return time === undefined ? seq > Number(text.split('-')[1]) : this.#times[seq - 1] + START >= time
  }

  #isBefore(seq: number, text: string): boolean {
    if (text === 'end') return true
    const time = parseTime(text)
    return time === undefined ? seq < Number(text.split('-')[1]) : this.#times[seq - 1] + START < time
  }

  #frame(seq: number): Uint8Array {
    const frame = encodeFrame({ tag: `e/${seq}`, source: '', body: encode({}) })
    setFrameSeq(frame, 0, seq)
    setFrameTime(frame, 0, START + this.#times[seq - 1])
    return frame
  }
}

const call: Call = {
  principal: { name: 'admin', source: 'x' },
  signal: new AbortController().signal,
  part: () => Promise.resolve(),
}

const own = method({
  name: 'events.read',
  summary: '',
  right: 'see',
  params: z.object({}),
  result: z.object({}),
  run: () => Promise.resolve({}),
})

async function questionTo(
  fakes: readonly FakeEdge[],
): Promise<{ context: AskingContext; question: EdgeQuestion }> {
  const edges = new Edges(realRuntime, () => true)
  for (const [nth, fake] of fakes.entries()) {
    const ask = async (_: string, { params }: { params: Readonly<Record<string, unknown>> }) =>
      fake.answer(params)
    const login = { name: `e${nth}`, principal: 'edges', address: '', usid: nth }
    edges.attach(login, () => 0, { line: { ask }, all: true })
  }
  const context = {
    edges,
    runtime: realRuntime,
    authorize: (_: unknown, right: string) => (right === 'ask' ? true : all),
    labelsOf: () => ({}),
    seenBy: () => everything,
    bus: { budget: { turn: () => undefined } },
    typeOf: () => '',
  } as unknown as AskingContext
  return {
    context,
    question: await EdgeQuestion.begin(
      context,
      call,
      { name: own.name, own },
      { edges: '*', timeout: 5_000 },
    ),
  }
}

const fields = {
  times: fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 12 }),
  size: fc.integer({ min: 1, max: 5 }),
}

type Shape = { times: number[]; size: number; failsAfter?: number }

function edgesOf(shapes: readonly Shape[]): FakeEdge[] {
  return shapes.map(
    ({ times, size, failsAfter = Number.POSITIVE_INFINITY }, nth) =>
      new FakeEdge(nth, times, size, failsAfter),
  )
}

/** The events of all edge hubs in the order of an answer. */
function inOrder(shapes: readonly Shape[]): string[] {
  return shapes
    .flatMap(({ times }, nth) =>
      times.toSorted((a, b) => a - b).map((time, at) => ({ time, edge: `e${nth}`, seq: at + 1 })),
    )
    .sort((a, b) => a.time - b.time || (a.edge < b.edge ? -1 : a.edge > b.edge ? 1 : a.seq - b.seq))
    .map(({ edge, seq }) => `${edge} e/${seq}`)
}

async function read(shapes: readonly Shape[], limit: number, isBackwards: boolean): Promise<string[]> {
  const found: string[] = []
  let place: string | undefined
  do {
    const { context, question } = await questionTo(edgesOf(shapes))
    const range: MergedRange = {
      from: 'start',
      to: undefined,
      before: isBackwards ? 'end' : undefined,
      after: place === undefined ? undefined : parseEdgePosition(place),
    }
    const page = await new MergedEvents(context, call, question, {}, range, 5_000).page(limit, 1 << 20)
    for (const { tag, attributes } of iterateFrames(page.frames)) found.push(`${attributes.edge} ${tag}`)
    place = page.next
  } while (place !== undefined)
  return found
}

it('pages of any size are together all events of all edge hubs, once and in order, in both directions', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record(fields), { maxLength: 5 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      async (shapes, limit, isBackwards) => {
        const expected = inOrder(shapes)
        const found = await read(shapes, limit, isBackwards)
        expect(found).toEqual(isBackwards ? expected.reverse() : expected)
      },
    ),
  )
})

it('of edge hubs that fail at any moment, what came before is there, the others are complete, and they are named', async () => {
  const failing = fc.record({ ...fields, failsAfter: fc.integer({ min: 0, max: 4 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(failing, { minLength: 1, maxLength: 5 }), async (shapes) => {
      const { context, question } = await questionTo(edgesOf(shapes))
      const range = { from: 'start', to: undefined, before: undefined, after: undefined }
      const page = await new MergedEvents(context, call, question, {}, range, 5_000).page(1000, 1 << 20)
      const found = [...iterateFrames(page.frames)].map(({ tag, attributes }) => `${attributes.edge} ${tag}`)
      const missing = new Set(question.report().missing.map(({ edge }) => edge))
      const expected = inOrder(shapes)
      expect(found).toEqual(expected.filter((event) => found.includes(event)))
      for (const event of expected) if (!found.includes(event)) expect(missing).toContain(event.split(' ')[0])
      for (const [nth, { times, size, failsAfter }] of shapes.entries()) {
        const isComplete = failsAfter >= Math.max(1, Math.ceil(times.length / size))
        expect(missing.has(`e${nth}`)).toBe(!isComplete)
      }
    }),
  )
})
