import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Job } from '../../src/jobs/job.js'
import { JobStore } from '../../src/jobs/job-store.js'
import { openMemoryState } from '../../src/state/index.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { repeats } from '../helpers/repeats.js'
import { copyOf, openJobs, until } from './fixture.js'

const RUNS = repeats(3, 150)

const text = fc.string({ unit: 'binary', maxLength: 20 })
const micros = fc.nat().map((age) => realRuntime.now() - age)
const processId = fc.record({ pid: fc.nat(), start: fc.nat() })
/** None of these processes is one of this machine since its boot. */
const trace = fc.record({
  space: text.map((name) => `another boot ${name}`),
  leaders: fc.array(processId, { maxLength: 2 }),
  known: fc.array(processId, { maxLength: 2 }),
  outputs: fc.array(text, { maxLength: 2 }),
})
const result = fc.record(
  { output: text, code: fc.integer(), signal: fc.constantFrom('SIGKILL', 'SIGTERM'), fault: text },
  { requiredKeys: ['output'] },
)
const left = fc.record({
  count: fc.nat(),
  processes: fc.array(
    fc.record({
      pid: fc.nat(),
      command: text,
      end: fc.constantFrom('asked', 'killed', 'kept', 'stays'),
    }),
    { maxLength: 2 },
  ),
})
const job: fc.Arbitrary<Job> = fc.record(
  {
    id: text,
    run: fc.stringMatching(/^[0-9a-f]{16}$/),
    commands: fc.array(text, { maxLength: 3 }),
    queue: text,
    by: text,
    state: fc.constantFrom('pending', 'running', 'finished'),
    created: micros,
    started: micros,
    finished: micros,
    reason: text,
    left,
    trace,
    results: fc.array(result, { maxLength: 3 }),
    outputBytes: fc.nat(),
    partBytes: fc.integer({ min: 1, max: 2 ** 30 }),
    outputFault: text,
  },
  {
    requiredKeys: [
      ...(['id', 'run', 'commands', 'queue', 'by', 'state', 'created', 'finished'] as const),
      ...(['results', 'outputBytes', 'partBytes'] as const),
    ],
  },
)
const jobs = fc.uniqueArray(job, { selector: ({ run }) => run, maxLength: 5 })

it('jobs are after a restart what they were, and those that were cut short are finished with a reason', async () => {
  await fc.assert(
    fc.asyncProperty(jobs, async (stored) => {
      const before = openMemoryState({ runtime: realRuntime })
      for (const each of stored) await new JobStore(before.bucket('jobs')).put(each)
      const state = await copyOf(before)
      await using test = await openJobs({ state })
      await until(() => test.jobs.list().length === stored.length || stored.length === 0)
      const listed = new Map(test.jobs.list().map((each) => [each.run, each]))
      for (const each of stored) {
        const found = await test.jobs.withOutput(listed.get(each.run)!)
        if (each.state === 'finished') expect(found).toEqual(each)
        else {
          const { results, commands, id } = each
          expect(found).toMatchObject({ state: 'finished', results, commands, id })
          expect(found.reason).toContain(each.reason ?? 'the hub ended')
          expect(found.reason).toContain('the hub ended')
        }
      }
      expect(state.bucket('jobs').damaged.size).toBe(0)
      const cut = stored.filter((each) => each.state !== 'finished')
      expect(test.events).toHaveLength(cut.length)
    }),
    { numRuns: RUNS },
  )
})

it('what is no record of a job is reported and left out, and other jobs run', async () => {
  const damaged = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constant(Uint8Array.of(0xc0)),
    fc.constant(Uint8Array.of(0x80)),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(damaged, { minLength: 1, maxLength: 4 }), async (values) => {
      const state = openMemoryState({ runtime: realRuntime })
      for (const [nth, value] of values.entries()) await state.bucket('jobs').put(`0${nth}`, value)
      await using test = await openJobs({ state })
      expect(test.jobs.list()).toEqual([])
      expect(state.bucket('jobs').damaged.size).toBe(values.length)
      expect((await test.finish({ commands: [] })).state).toBe('finished')
    }),
    { numRuns: RUNS },
  )
})
