import { expect, it } from 'vitest'
import { Progress, type Step } from '../../src/methods/progress.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

const work = { name: 'verify', subsystem: 'log' }

it('makes no spans while nobody reads them, or not at that verbosity', async () => {
  const progress = new Progress(new FakeRuntime())
  expect(progress.begin(work)).toBeUndefined()
  expect(await progress.run(work, (span) => [span, 7])).toEqual([undefined, 7])
  progress.reader = { admits: ({ verbosity = 0 }) => verbosity < 2, step: () => expect.unreachable() }
  expect(progress.begin({ ...work, verbosity: 2 })).toBeUndefined()
})

it('reports the beginning, the steps and the end of work, which belongs to the work that it is a part of', async () => {
  const runtime = new FakeRuntime()
  const progress = new Progress(runtime)
  const steps: Step[] = []
  progress.reader = { admits: () => true, step: (step) => void steps.push(step) }
  const failed = progress.run(work, async (outer) => {
    await progress.run({ ...work, name: 'segment', parent: outer }, (inner) => {
      runtime.advance(5)
      inner?.info('half')
    })
    throw Object.assign(new Error(), { code: 'TCN_X' })
  })
  await expect(failed).rejects.toThrow()
  expect(steps.map(({ type, text, duration, annotation }) => [type, text, duration, annotation])).toEqual([
    ['start', 'verify', undefined, undefined],
    ['start', 'segment', undefined, undefined],
    ['info', 'half', undefined, undefined],
    ['stop', 'segment', 5000, undefined],
    ['stop', 'verify', 5000, 'TCN_X'],
  ])
  const [outer, inner] = steps
  expect(outer.span.traceId).toMatch(/^[0-9a-f]{32}$/)
  expect(outer.span.spanId).toMatch(/^[0-9a-f]{16}$/)
  expect(inner.span.traceId).toBe(outer.span.traceId)
  expect(inner.work.parent?.spanId).toBe(outer.span.spanId)
})
