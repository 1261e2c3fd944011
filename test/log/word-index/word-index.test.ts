import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { pack } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { DEFAULT_BUS_LIMITS } from '../../../src/bus/limits.js'
import { scan } from '../../../src/bus/scan.js'
import { TickBudget } from '../../../src/bus/tick-budget.js'
import { encodeFrame, frameSeq } from '../../../src/event/frame.js'
import { compileFilter, intersect, parseFilter } from '../../../src/filter/index.js'
import { type EventLog, repairLmdbLog } from '../../../src/log/index.js'
import type { TestEvent } from '../../filter/frames.js'
import { askedFor, questionOn, storedEvent } from '../../filter/tokens/questions.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { repeats } from '../../helpers/repeats.js'
import { append } from '../conformance/tools.js'
import { openCompressing } from '../rewriting/compressed-log.js'

const typeOf = (tag: string) => tag
const limits = { segment: { bytes: 60_000 } }

function matcherOf(question: unknown, rights?: unknown) {
  const wanted = compileFilter(parseFilter(askedFor(question)), { typeOf })
  return rights === undefined
    ? wanted
    : intersect(wanted, compileFilter(parseFilter(askedFor(rights)), { typeOf }))
}

/** Numbers of the events that match. */
async function found(
  log: EventLog,
  question: unknown,
  {
    rights,
    backwards = false,
    from = 1,
    to = log.last,
  }: { rights?: unknown; backwards?: boolean; from?: number; to?: number } = {},
) {
  const seqs: number[] = []
  const work = {
    bytes: Number.POSITIVE_INFINITY,
    principal: 'me',
    budget: new TickBudget(realRuntime, DEFAULT_BUS_LIMITS),
  }
  const range = { from, to, backwards }
  await scan(
    log,
    range,
    matcherOf(question, rights),
    work,
    (bytes, at) => void seqs.push(frameSeq(bytes, at)),
  )
  return seqs
}

function framesOf(events: readonly TestEvent[]) {
  return events.map(({ data, attributes, ...parts }) =>
    encodeFrame({ ...parts, body: pack(data), ...(attributes && { attributes: pack(attributes) }) }),
  )
}

/** Returns the number of segments that have got an index. */
async function build(log: EventLog, isCompressed = false): Promise<number> {
  const { signal } = new AbortController()
  if (isCompressed) for await (const { error } of log.compress!(signal)) expect(error).toBe(undefined)
  let count = 0
  for await (const { error } of log.buildIndex!(signal)) {
    expect(error).toBe(undefined)
    count++
  }
  return count
}

const filler = { tag: 'filler', data: new Uint8Array(20_000) }

/** Each event in a chunk of its own, and three of them in a segment. */
async function fill(log: EventLog, events: readonly TestEvent[]) {
  for (const event of events) await log.durable(await append(log, framesOf([event, filler])))
}

/** The same log without the events that are still in memory. */
async function reopened(log: EventLog & { folder: string }) {
  await log.close()
  return openCompressing({ folder: log.folder, ...limits })
}

async function faultsIn(log: EventLog) {
  const errors: string[] = []
  for await (const { error } of log.verify!()) if (error) errors.push(error.message)
  return errors
}

const asked = fc
  .array(storedEvent, { minLength: 10, maxLength: 12 })
  .chain((events) =>
    fc.tuple(fc.constant(events), fc.array(questionOn(events), { minLength: 80, maxLength: 80 })),
  )

test('a log with an index answers as one without, whatever is asked', async () => {
  const tally = { matching: 0, skipped: 0 }
  const answers = async ([events, questions]: [TestEvent[], unknown[]], isCompressed: boolean) => {
    const plain = await openCompressing(limits)
    await fill(plain, events)
    const expected: number[][] = []
    for (const question of questions) expected.push(await found(plain, question))
    expect(await build(plain, isCompressed)).toBeGreaterThan(2)
    const log = await reopened(plain)
    for (const [nth, question] of questions.entries()) {
      expect(await found(log, question)).toEqual(expected[nth])
      expect(await found(log, question, { backwards: true })).toEqual(expected[nth].toReversed())
      tally.matching += expected[nth].length
    }
    tally.skipped += log.wordIndex!.skippedChunks
    expect(await faultsIn(log)).toEqual([])
    await log.close()
  }
  await fc.assert(fc.asyncProperty(asked, fc.boolean(), answers), { numRuns: repeats(1, 40) })
  expect(tally.matching).toBeGreaterThan(10)
  expect(tally.skipped).toBeGreaterThan(10)
})

const words = fc.array(fc.constantFrom('alpha', 'beta', 'gamma', 'delta'), { maxLength: 2 })
const ballast = new Uint8Array(6_000)

test('chunks are passed over from anywhere to anywhere in both directions, however their filters lie together', async () => {
  const tally = { matching: 0, skipped: 0 }
  const isRight = async (texts: string[][], asked: [string, number, number][]) => {
    const plain = await openCompressing({ segment: { bytes: 250_000 } })
    for (const text of texts) {
      const data = { text: text.join(' '), ballast }
      await plain.durable(await append(plain, framesOf([{ tag: 'a', data }])))
    }
    expect(await build(plain)).toBeGreaterThan(0)
    const log = await reopened(plain)
    for (const [word, one, other] of asked) {
      const range = { from: Math.min(one, other), to: Math.max(one, other) }
      const seqs = texts.flatMap((text, nth) => (text.includes(word) ? [nth + 1] : []))
      const expected = seqs.filter((seq) => seq >= range.from && seq <= range.to)
      expect(await found(log, { grep: word }, range)).toEqual(expected)
      expect(await found(log, { grep: word }, { ...range, backwards: true })).toEqual(expected.toReversed())
      tally.matching += expected.length
    }
    tally.skipped += log.wordIndex!.skippedChunks
    await log.close()
  }
  const events = fc.array(words, { minLength: 90, maxLength: 100 })
  const seq = fc.integer({ min: 1, max: 100 })
  const questions = fc.array(fc.tuple(fc.constantFrom('alpha', 'beta', 'omega'), seq, seq), {
    minLength: 20,
    maxLength: 20,
  })
  await fc.assert(fc.asyncProperty(events, questions, isRight), { numRuns: repeats(1, 40) })
  expect(tally.matching).toBeGreaterThan(10)
  expect(tally.skipped).toBeGreaterThan(50)
})

const hosts = (count: number) =>
  Array.from({ length: count }, (_, nth) => ({
    tag: nth % 2 === 0 ? `open/net/web-${nth}` : `secret/net/web-${nth}`,
    data: { message: `card refused at till${nth}`, ip: `10.0.0.${nth}` },
  }))

async function indexedLog() {
  const log = await openCompressing(limits)
  await fill(log, hosts(12))
  expect(await build(log)).toBeGreaterThan(2)
  return log
}

describe('an index of words', () => {
  test('is made for each sealed segment once, and is known when the log is opened again', async () => {
    const log = await indexedLog()
    const { segments } = log.wordIndex!
    expect(log.wordIndex).toMatchObject({ isAutomatic: false, missing: 0 })
    expect(await build(log)).toBe(0)
    const again = await reopened(log)
    expect(again.wordIndex).toMatchObject({ segments, missing: 0 })
    expect(await found(again, { grep: 'till3' })).toHaveLength(1)
    expect(again.wordIndex!.skippedChunks).toBeGreaterThan(2)
    expect(again.wordIndex!.memoryBytes).toBeGreaterThan(0)
    await again.close()
  })

  test('is asked only for chunks of which the reader may see all events', async () => {
    const log = await reopened(await indexedLog())
    const open = { prefix: { tag: 'open/' } }
    const whole = { any: [open, { prefix: { tag: 'secret/' } }, { prefix: { tag: 'filler' } }] }
    expect(await found(log, { grep: 'till3' }, { rights: open })).toEqual([])
    expect(await found(log, { grep: 'till4' }, { rights: open })).toHaveLength(1)
    expect(log.wordIndex!.skippedChunks).toBe(0)
    expect(await found(log, { grep: 'till4' }, { rights: whole })).toHaveLength(1)
    expect(log.wordIndex!.skippedChunks).toBeGreaterThan(0)
    await log.close()
  })

  test('stays with the events that are compressed later', async () => {
    const plain = await indexedLog()
    expect(await build(plain, true)).toBe(0)
    const log = await reopened(plain)
    expect(log.compression!.segments).toBe(log.wordIndex!.segments)
    expect(await found(log, 'data.ip = "10.0.0.3"')).toHaveLength(1)
    expect(log.wordIndex!.skippedChunks).toBeGreaterThan(0)
    expect(await faultsIn(log)).toEqual([])
    await log.close()
  })

  test('that is damaged finds all events, is named by verify, and is left out by repair', async () => {
    const { folder } = await indexedLog().then(async (log) => {
      await log.close()
      return log
    })
    const file = join(folder, 'segments', '0000000000000001', 'data.mdb')
    const bytes = readFileSync(file)
    const at = bytes.indexOf(Buffer.from([0x66, 1, 5]))
    expect(at).toBeGreaterThan(0)
    bytes[at + 24] ^= 0xff
    writeFileSync(file, bytes)
    const log = await openCompressing({ folder, ...limits })
    for (let nth = 0; nth < 12; nth++) expect(await found(log, { grep: `till${nth}` })).toHaveLength(1)
    expect(await faultsIn(log)).toEqual([expect.stringContaining('its index of words is damaged')])
    await log.close()
    await repairLmdbLog({ folder, runtime: realRuntime })
    const repaired = await openCompressing({ folder, ...limits })
    expect(await faultsIn(repaired)).toEqual([])
    expect(repaired).toMatchObject({ lost: [], wordIndex: { missing: 1 } })
    expect(await found(repaired, { grep: 'till1' })).toHaveLength(1)
    expect(await build(repaired)).toBe(1)
    await repaired.close()
  })
})
