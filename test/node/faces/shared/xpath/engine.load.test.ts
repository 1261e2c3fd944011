// Runs on each supported Node.js: worker threads.
import { readdirSync } from 'node:fs'
import { getPriority } from 'node:os'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Event } from '../../../../../src/event/event.js'
import { typeOfFrame } from '../../../../../src/faces/shared/streams/event-type.js'
import { XPathEngine } from '../../../../../src/faces/shared/xpath/engine.js'
import { XPathFilter } from '../../../../../src/faces/shared/xpath/filter.js'
import { frameAt, type TestEvent } from '../../../../filter/frames.js'
import { realRuntime } from '../../../../helpers/real-runtime.js'
import { temporaryFolder } from '../../../../helpers/temporary-folder.js'
import { buildXPathThread } from '../../../../helpers/xpath-thread.js'

let folder: string
let entry: URL
let engine: XPathEngine

beforeAll(async () => {
  folder = temporaryFolder('xpath')
  entry = await buildXPathThread(folder)
})

beforeEach(() => {
  engine = new XPathEngine(realRuntime, entry)
})

afterEach(() => engine[Symbol.asyncDispose]())

const compile = async (expression: string, by = engine) =>
  XPathFilter.compile(
    expression,
    by,
    typeOfFrame(() => 'link.down'),
  )

function eventOf(data: unknown, more: Partial<TestEvent> = {}): Event {
  const { bytes, at } = frameAt({ tag: 'net/link', source: 'net/1', data, ...more })
  return new Event(bytes, at)
}

/** Takes far longer than any deadline. */
const endless = "//*[//*[//*[//*[. = 'x']]]]"
const large = eventOf({ list: Array.from({ length: 2000 }, (_, n) => ({ n })) })

describe('an XPath filter', () => {
  it('tests simple expressions at once, without a thread', async () => {
    const filter = await compile("/link.down/if = 'eth0'")
    expect(filter.matches(eventOf({ if: 'eth0' }))).toBe(true)
    expect(filter.matches(eventOf({ if: 'eth1' }))).toBe(false)
  })

  it('tests simple expressions on long events in the thread', async () => {
    const filter = await compile("/link.down/if = 'eth0'")
    const answer = filter.matches(eventOf({ text: 'x'.repeat(100_000), if: 'eth0' }))
    expect(answer).toBeInstanceOf(Promise)
    expect(await answer).toBe(true)
  })

  it('uses the type that the event carries', async () => {
    const filter = await compile('/other.type')
    expect(filter.matches(eventOf({}, { attributes: { type: 'other.type' } }))).toBe(true)
  })

  it('tests all others in the thread, in order', async () => {
    const filter = await compile("count(//n) = 2 and //n = 'b'")
    const events = Array.from({ length: 300 }, (_, n) => eventOf({ n: n % 3 === 0 ? ['a', 'b'] : ['a'] }))
    const answers = await Promise.all(events.map((event) => filter.matches(event)))
    expect(answers).toEqual(events.map((_, n) => n % 3 === 0))
  })

  it.each(['/a[', 'foo(', '//a/unknown-function()', '$undefined = 1', ''])(
    'refuses %j, which is no XPath',
    async (expression) => {
      await expect(compile(expression)).rejects.toMatchObject({ code: 'TCN_FILTER_SYNTAX' })
    },
  )

  it('refuses an expression that is too long', async () => {
    await expect(compile(`/a = '${'x'.repeat(5000)}'`)).rejects.toMatchObject({
      code: 'TCN_FILTER_PATTERN_TOO_LONG',
    })
  })

  it('does not match an event on which the expression fails', async () => {
    const filter = await compile('//a + 1 = 2')
    expect(await filter.matches(eventOf({ a: 'text' }))).toBe(false)
    expect(await filter.matches(eventOf({ a: 1 }))).toBe(true)
  })

  it('is refused when three events take too long; others are answered meanwhile', async () => {
    const slow = await compile(endless)
    const quick = await compile('count(//n) = 1')
    const slowAnswers = [1, 2, 3, 4].map(() => Promise.resolve(slow.matches(large)))
    const settled = Promise.allSettled(slowAnswers)
    expect(await quick.matches(eventOf({ n: 1 }))).toBe(true)
    const outcomes = await settled
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
    expect(slow.overruns).toBe(3)
    await expect(slow.matches(eventOf({}))).rejects.toMatchObject({ code: 'TCN_FILTER_TOO_COMPLEX' })
    expect(await quick.matches(eventOf({ n: [1, 2] }))).toBe(false)
  })

  it('gives the events around one that takes too long their answers', async () => {
    const filter = await compile(`not(${endless})`)
    const events = [eventOf({}), large, eventOf({})]
    expect(await Promise.all(events.map((event) => filter.matches(event)))).toEqual([true, false, true])
  })

  it('does not count the time in which its thread waits for a processor', async () => {
    // The deadline passes long before the thread has had that much time. Its start is not hurried.
    const onBusyMachine = {
      ...realRuntime,
      monotonic: () => 0,
      after: (ms: number, run: () => void) => realRuntime.after(ms > 1000 ? ms : ms / 500, run),
    }
    await using busy = new XPathEngine(onBusyMachine, entry)
    const filter = await compile('count(//n[. mod 2 = 1]) = 1000', busy)
    const answers = await Promise.all(Array.from({ length: 20 }, () => filter.matches(large)))
    expect(answers).toEqual(answers.map(() => true))
    expect(filter.overruns).toBe(0)
  })

  it('survives an expression that takes all memory of the thread', async () => {
    const filter = await compile('count(//n) > 1')
    expect(await filter.matches(eventOf({ n: new Array(3_000_000).fill(1) }))).toBe(false)
    const other = await compile('count(//n) = 1')
    expect(await other.matches(eventOf({ n: 1 }))).toBe(true)
  })

  it('gives way to the event loop: its thread has a lower priority', async () => {
    const nice = (thread: string) => getPriority(Number(thread))
    const lower = () => readdirSync('/proc/self/task').filter((thread) => nice(thread) > getPriority())
    const before = new Set(lower())
    const filter = await compile('count(//n) = 1')
    expect(await filter.matches(eventOf({ n: 1 }))).toBe(true)
    expect(lower().filter((thread) => !before.has(thread))).toHaveLength(1)
  })

  it('ends what waits when the engine is closed', async () => {
    const filter = await compile(endless)
    const answer = filter.matches(large)
    const closed = engine[Symbol.asyncDispose]()
    await expect(answer).rejects.toMatchObject({ code: 'TCN_BUS_CLOSED' })
    await closed
    await expect(filter.matches(large)).rejects.toMatchObject({ code: 'TCN_BUS_CLOSED' })
  })
})
