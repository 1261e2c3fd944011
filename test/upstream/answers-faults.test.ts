import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { iterateFrames } from '../../src/event/event.js'
import type { EdgesPart } from '../../src/methods/contract/index.js'
import type { SourceRunner } from '../../src/sources/runner.js'
import { repeats } from '../helpers/repeats.js'
import { EdgeHub, range } from './fixture.js'

const EDGES = 4
const EVENTS = 60

interface Attached {
  name: string
  hub: EdgeHub
  runner: SourceRunner
}

async function attached(core: EdgeHub, nth: number): Promise<Attached> {
  const name = `web${nth}`
  const hub = await EdgeHub.start()
  const answers = { see: '*' as const, bytes: '1KiB' }
  const runner = hub.forward({ servers: [core.hub.address], edge: name, filter: ['none/'], answers })
  await hub.publishMany(EVENTS)
  return { name, hub, runner }
}

function isUp(core: EdgeHub, name: string): boolean {
  return [...core.hub.hub.observers.edges.askable()].some((edge) => edge.name === name && edge.isUp)
}

/** Nothing that was begun for a question is left. */
function isIdle({ hub }: Attached): boolean {
  return [...hub.hub.bus.subscriptions].every(({ label }) => label !== 'events.read')
}

const round = fc.record({
  /** Edge hubs that go away, each after this number of turns of the event loop. */
  leaving: fc.array(
    fc.record({ nth: fc.integer({ min: 0, max: EDGES - 1 }), after: fc.integer({ min: 0, max: 60 }) }),
    { maxLength: 3 },
  ),
  /** The reader leaves after this number of parts. */
  readerLeaves: fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined }),
  follow: fc.boolean(),
})

it('whoever goes away during a question, the answer is complete or names who is missing, and nothing is left', {
  timeout: 120_000,
}, async () => {
  await using core = await EdgeHub.start()
  const edges = await Promise.all(Array.from({ length: EDGES }, (_, nth) => attached(core, nth)))
  let partial = 0
  try {
    await core.until(() => edges.every(({ name }) => isUp(core, name)))
    await fc.assert(
      fc.asyncProperty(round, async ({ leaving, readerLeaves, follow }) => {
        const seen = new Map(edges.map(({ name }) => [name, [] as number[]]))
        const missing = new Set<string>()
        const leave = async ({ nth, after }: { nth: number; after: number }) => {
          for (let turn = 0; turn < after; turn++) await setImmediate()
          await edges[nth].runner.stop()
        }
        const abort = new AbortController()
        const params = { edges: 'web*', filters: ['demo/'], follow }
        const options = { signal: abort.signal, timeout: 60_000 }
        let parts = 0
        const stopped = leaving.map(leave)
        const answer = core.client.requestParts('edges.read', params, options)
        for await (const part of answer as AsyncIterable<Partial<EdgesPart>>) {
          for (const { data, attributes } of iterateFrames(part.frames ?? new Uint8Array(0)))
            seen.get(String(attributes.edge))?.push((data as { n: number }).n)
          for (const { edge } of [...(part.asked?.missing ?? []), ...(part.missing ?? [])]) missing.add(edge)
          parts++
          if (parts === readerLeaves || (follow && part.asked !== undefined)) break
        }
        partial += [...seen.values()].some(({ length }) => length > 0 && length < EVENTS) ? 1 : 0
        for (const [name, numbers] of seen) {
          expect(numbers).toEqual(range(numbers.length))
          if (parts !== readerLeaves && numbers.length < EVENTS) expect(missing).toContain(name)
        }
        await Promise.all(stopped)
        await core.until(() => edges.every(isIdle))
        for (const { runner } of edges) runner.start()
        await core.until(() => edges.every(({ name }) => isUp(core, name)))
      }),
      { numRuns: repeats(25, 2000), endOnFailure: true },
    )
    expect(partial).toBeGreaterThan(0)
  } finally {
    for (const { hub } of edges) await hub[Symbol.asyncDispose]()
  }
})
