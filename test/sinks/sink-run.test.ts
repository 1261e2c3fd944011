import { expect, it, onTestFinished } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import type { Runtime } from '../../src/event/runtime.js'
import { sinkHost } from '../../src/hub/parts/sink-host.js'
import { type JobStarter, jobSinks } from '../../src/rules/job-sink.js'
import { tagOfJob } from '../../src/rules/rule.js'
import { DeliveryFault, UnwantedEvents } from '../../src/sinks/delivery-fault.js'
import { SinkRunner } from '../../src/sinks/runner.js'
import type { Destination, SinkDefinition } from '../../src/sinks/sink.js'
import { TypeRegistry } from '../../src/types/index.js'
import { TestBus } from '../bus/fixture.js'
import { Faults } from '../parts/faults.js'
import { rule } from '../rules/rule-events.js'

const RETRY = { tries: 3, pause: 100, maxPause: 1_000, patience: undefined }

/** A sink on a bus, whose time the test controls. */
async function sinkOn(definition: SinkDefinition) {
  const hub = await TestBus.open()
  const reports: unknown[] = []
  const { bus, access, runtime, state } = hub
  const host = sinkHost({
    ...{ bus, access, runtime, state, types: new TypeRegistry() },
    report: ({ data }) => reports.push(data) > 0,
    metrics: async () => ({ families: [], started: 0 }),
  })
  const runner = new SinkRunner(definition, host)
  onTestFinished(async () => {
    const stopped = runner.stop()
    await runtime.pass(10_000)
    await stopped
  })
  await runner.start()
  await runtime.settle()
  const parked = async () => {
    const found: { seq: number; reason: string }[] = []
    for await (const { ref, record } of bus.consumers.parked.list(''))
      found.push({ seq: ref.seq, reason: record.reason })
    return found
  }
  return { hub, runner, runtime, reports, parked }
}

/** `make` is called at each start. */
function sink(make: (runtime: Runtime, starts: number) => Destination, more = {}): SinkDefinition {
  let starts = 0
  return {
    ...{ name: 'test', type: 'test', target: 'a test', filter: 'a/', from: 'now', parallel: 1, retry: RETRY },
    batch: { events: 1, wait: 0 },
    create: (_, runtime) => make(runtime, ++starts),
    ...more,
  }
}

const close = async (): Promise<void> => undefined
const never = () => new Promise<never>(() => undefined)
const broken = new TypeError('broken')
const fail = () => {
  throw broken
}

it('a sink that throws ten times at the same event parks it, and continues with the next', async () => {
  const got: string[] = []
  const closed: number[] = []
  let made = 0
  const definition = sink((runtime, starts) => {
    made = starts
    return {
      deliver: async ([{ tag }]) => {
        if (tag !== 'a/bad') return void got.push(tag)
        runtime.after(1, fail)
        return never()
      },
      close: async () => void closed.push(starts),
    }
  })
  using faults = new Faults()
  const { hub, runner, runtime, parked, reports } = await sinkOn(definition)
  await hub.publish('a/1', 'a/bad', 'a/2')
  await runtime.pass(600_000)
  expect(got).toEqual(['a/1', 'a/2'])
  expect(await parked()).toEqual([
    { seq: 2, reason: expect.stringMatching(/broken; the sink has failed 10 times at this event/) },
  ])
  expect(runner.status()).toMatchObject({ state: 'up', parked: 1, delivered: 2, failures: 10 })
  expect([made, closed.length]).toEqual([11, 10])
  expect(faults.parts).toEqual(Array(10).fill(['sink test', broken]))
  expect(faults.core).toEqual([])
  expect(reports).toContainEqual(expect.objectContaining({ state: 'parked', count: 1 }))
})

it('events at which a sink fails fewer times are delivered, and are counted anew', async () => {
  const got: string[] = []
  const definition = sink((runtime, starts) => ({
    deliver: async ([{ tag }]) => {
      if (starts < 10 || (tag === 'a/2' && starts < 19)) {
        runtime.after(1, fail)
        return never()
      }
      got.push(tag)
    },
    close,
  }))
  const { hub, runtime, parked } = await sinkOn(definition)
  await hub.publish('a/1', 'a/2')
  await runtime.pass(1_200_000)
  expect(got).toEqual(['a/1', 'a/2'])
  expect(await parked()).toEqual([])
})

it('what the destination before answers late changes nothing', async () => {
  const answers: (() => void)[] = []
  const definition = sink((runtime, starts) => ({
    deliver: () => {
      if (starts === 1) runtime.after(1, fail)
      return new Promise<void>((done) => answers.push(done))
    },
    close,
  }))
  const { hub, runner, runtime } = await sinkOn(definition)
  await hub.publish('a/1')
  await runtime.pass(30_000)
  expect(answers).toHaveLength(2)
  answers[0]()
  await runtime.settle()
  expect(runner.status()).toMatchObject({ state: 'up', delivered: 0 })
  answers[1]()
  await runtime.settle()
  expect(runner.status()).toMatchObject({ state: 'up', delivered: 1 })
})

it('a destination that cannot be made, or throws as it begins, is made again after growing pauses', async () => {
  const at: number[] = []
  const got: string[] = []
  let now = () => 0
  const definition = sink(
    (_, starts) => {
      at.push(now())
      if (starts < 3) throw broken
      return {
        begin() {
          if (starts < 5) throw broken
        },
        deliver: async ([{ tag }]) => void got.push(tag),
        close,
      }
    },
    { from: 'start' },
  )
  const { hub, runner, runtime } = await sinkOn(definition)
  now = () => runtime.monotonic()
  await hub.publish('a/1')
  expect(runner.status()).toMatchObject({ state: 'down', reason: expect.stringContaining('broken') })
  await runtime.pass(120_000)
  expect(runner.status()).toMatchObject({ state: 'up', delivered: 1 })
  expect(got).toEqual(['a/1'])
  const pauses = at.map((time, index) => time - (at[index - 1] ?? 0)).slice(1)
  expect(pauses).toHaveLength(4)
  for (let i = 1; i < pauses.length; i++) expect(pauses[i]).toBeGreaterThan(pauses[i - 1])
})

it('the sink of a job starts each job once, waits while there is no room, and parks what cannot be started', async () => {
  const started: string[] = []
  const known = new Set<string>()
  let isFull = true
  const jobs: JobStarter = {
    has: (id) => known.has(id),
    start: async (id, command) => {
      if (isFull) throw new TocsinError('TCN_JOB_FULL')
      known.add(id)
      started.push(command)
      // The answer is lost in a crash of the sink.
      if (started.length === 1) throw new TocsinError('TCN_JOB_STOPPING')
    },
  }
  const [{ definition }] = jobSinks([rule({ name: 'r', job: ['/bin/run', `\${data.x}`] })], jobs)
  const { hub, runner, runtime, parked } = await sinkOn(definition)
  const wanted = (given: unknown) =>
    hub.bus.emit({ tag: tagOfJob('r'), data: { rule: 'r', arguments: given } })
  for (const given of [['one two'], [''], 'none', ['three']]) wanted(given)
  await runtime.pass(30_000)
  expect([started, runner.status().state]).toEqual([[], 'retrying'])
  isFull = false
  await runtime.pass(600_000)
  expect(started).toEqual(['"/bin/run" "one two"', '"/bin/run" "three"'])
  expect((await parked()).map(({ seq }) => seq)).toEqual([2, 3])
  expect(runner.status()).toMatchObject({ state: 'up', parked: 2, delivered: 2 })
})

it('events that only a part of the destination wants later are passed by others, up to a number of them', async () => {
  const got: string[] = []
  let isOpen = false
  const definition = sink(() => ({
    deliver: async ([{ tag }]) => {
      if (tag.startsWith('a/later') && !isOpen) throw new DeliveryFault('partial', 'not yet')
      got.push(tag)
    },
    close,
  }))
  const { hub, runner, runtime, parked } = await sinkOn(definition)
  await hub.publish(...Array.from({ length: 33 }, (_, nth) => `a/later${nth}`), 'a/now')
  await runtime.pass(10_000)
  expect(got).toEqual(['a/now'])
  expect(await parked()).toEqual([{ seq: 33, reason: 'not yet; too much waits already' }])
  isOpen = true
  await runtime.pass(10_000)
  expect(got).toHaveLength(33)
  expect(runner.status()).toMatchObject({ state: 'up', delivered: 33, parked: 1, heldBytes: 0 })
})

it('events that a part of the destination wants for too long are parked', async () => {
  const definition = sink(() => ({
    deliver: async () => {
      throw new DeliveryFault('partial', 'not yet')
    },
    close,
  }))
  const { hub, runtime, parked } = await sinkOn(definition)
  await hub.publish('a/1')
  await runtime.pass(3_500_000)
  expect(await parked()).toEqual([])
  await runtime.pass(200_000)
  expect(await parked()).toEqual([{ seq: 1, reason: expect.stringMatching(/^not yet; for 36\d\d s$/) }])
})

it('of a delivery, only the events that the destination will never take are parked, and at once', async () => {
  const attempts: number[] = []
  const definition = sink(
    () => ({
      deliver: async (events) => {
        attempts.push(events.length)
        throw new UnwantedEvents([events[1]], 'no such thing')
      },
      close,
    }),
    { batch: { events: 3, wait: 1_000 } },
  )
  const { hub, runner, runtime, parked } = await sinkOn(definition)
  await hub.publish('a/1', 'a/2', 'a/3')
  await runtime.pass(60_000)
  expect(attempts).toEqual([3])
  expect(await parked()).toEqual([{ seq: 2, reason: 'no such thing' }])
  expect(runner.status()).toMatchObject({ delivered: 2, parked: 1 })
})
