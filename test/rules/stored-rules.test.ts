import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encode } from '../../src/event/index.js'
import { formatTime } from '../../src/event/position.js'
import type { RuleDefinition } from '../../src/rules/rule.js'
import { RuleStore, settingsOf } from '../../src/rules/rule-store.js'
import { openLmdbState, openMemoryState, type StateStore } from '../../src/state/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { repeats } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { rule, ruleEngine, ruleFrame } from './rule-events.js'

const runtime: FakeRuntime = Object.assign(new FakeRuntime(), {
  soon: (run: () => void) => void setImmediate(run),
})

interface Stored {
  open(): Promise<StateStore>
  reopen(state: StateStore): Promise<StateStore>
}

const memory: Stored = {
  open: async () => openMemoryState({ runtime }),
  reopen: async (state) => state,
}

/** Opens a new folder, and the same again. */
function lmdb(): Stored {
  let folder = ''
  return {
    open: () => {
      folder = temporaryFolder('rules')
      return openLmdbState({ runtime, folder })
    },
    reopen: async (state) => {
      await state.close()
      return openLmdbState({ runtime, folder })
    },
  }
}

/** What an event may have where a rule groups by it, or shows it. */
const field = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('__proto__', '', '@position', '\u0000', '\ud800', 'x'.repeat(512)),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.double(),
  fc.constantFrom(null, true, false),
  fc.date(),
  fc.uint8Array({ maxLength: 8 }),
  fc.jsonValue({ maxDepth: 2 }),
)
const fields = fc.array(field, { minLength: 1, maxLength: 4 })
const steps = fc.array(
  fc.record({
    pause: fc.integer({ min: 0, max: 4 }),
    at: fc.nat(3),
    tag: fc.constantFrom('in/match', 'in/match', 'in/follow', 'in/both', 'other'),
    isTraced: fc.boolean(),
    chain: fc.constantFrom(undefined, '', 'a', 'a b c'),
    age: fc.constantFrom(undefined, 0, 1, 3, 6, 90_000),
  }),
  { maxLength: 40 },
)
const seconds = fc.integer({ min: 1, max: 8 })
const settings = fc.record({
  delay: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  after: fc.option(fc.record({ count: fc.integer({ min: 1, max: 4 }), within: seconds }), { nil: undefined }),
  unless: fc.option(seconds, { nil: undefined }),
  once: fc.option(seconds, { nil: undefined }),
  groups: fc.integer({ min: 1, max: 5 }),
  atMost: fc.integer({ min: 1, max: 20 }),
  correlation: fc.option(fc.record({ ordered: fc.boolean(), within: seconds }), { nil: undefined }),
})
type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never
type Steps = typeof steps extends fc.Arbitrary<infer Value> ? Value : never

const EPOCH = 'epochofatest0'
/** Times are those of today: they have more than 32 bits. */
const START = 1.8e9

const conditions = [
  { name: 'one', filter: ['in/match', 'in/both'], by: ['data.group'] },
  { name: 'two', filter: ['in/follow', 'in/both'], by: ['data.shown'] },
]

function ruleWith({ correlation, ...settings }: Settings): RuleDefinition {
  const plain = plainRule(settings)
  if (correlation === undefined) return plain
  const { ordered, within } = correlation
  return {
    ...plain,
    after: undefined,
    correlation: { ordered, within: within * 1000, conditions },
  }
}

function plainRule({
  delay,
  after,
  unless,
  once,
  groups,
  atMost,
}: Omit<Settings, 'correlation'>): RuleDefinition {
  return rule({
    filter: ['in/match', 'in/both'],
    by: ['data.group'],
    eventTime: delay === undefined ? undefined : { delay: delay * 1000 },
    after: after && { count: after.count, within: after.within * 1000 },
    unless: unless === undefined ? undefined : { filter: ['in/follow', 'in/both'], within: unless * 1000 },
    once: once === undefined ? undefined : once * 1000,
    groups,
    atMost: { count: atMost, within: 5_000 },
    fire: {
      tag: 'out',
      data: {
        ...{ shown: `\${data.shown}`, missing: `\${data.none}`, count: `\${count}`, at: `\${time}` },
        ...{ one: `\${one.data.shown}`, two: [`\${two.cursor}`, `\${two.attribute}`] },
      },
    },
  })
}

function framesOf(steps: Steps, values: readonly unknown[]): Uint8Array[] {
  let at = START
  return steps.map((step, index) => {
    at += step.pause
    const value = values[step.at % values.length]
    const attributes = {
      ...(step.isTraced && { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` }),
      ...(step.chain !== undefined && { rulechain: step.chain }),
      ...(step.age !== undefined && { time: formatTime((at - step.age) * 1e6) }),
    }
    const event = { tag: step.tag, at, source: 'hub/a', attributes }
    return ruleFrame({ ...event, data: { group: value, shown: value } }, index + 1)
  })
}

const engines: [name: string, stored: () => Stored, runs: number][] = [
  ['in memory', () => memory, repeats(25, 2000)],
  ['on a disk', lmdb, repeats(4, 250)],
]

it.each(engines)(
  'a rule that continues from what was stored %s does what it would have done',
  async (_, stored, numRuns) => {
    await fc.assert(
      fc.asyncProperty(steps, fields, settings, fc.nat(40), async (steps, values, settings, stop) => {
        const definition = ruleWith(settings)
        const frames = framesOf(steps, values)
        const whole = ruleEngine(definition)
        for (const frame of frames) whole.engine.take(frame, 0)
        whole.engine.advance((START + 1000) * 1e6)

        const before = ruleEngine(definition)
        const taken = frames.slice(0, stop)
        for (const frame of taken) before.engine.take(frame, 0)
        const kept = {
          settings: settingsOf(definition),
          epoch: EPOCH,
          seq: taken.length,
          began: 0,
          leftOut: [],
        }
        const snapshot = before.engine.runs[0].snapshot()
        const places = stored()
        const opened = await places.open()
        await new RuleStore(opened.bucket('rules'), runtime).save({ epoch: EPOCH, seq: taken.length }, [
          [definition.name, [encode({ ...kept, snapshot })]],
        ])

        const state = await places.reopen(opened)
        const store = new RuleStore(state.bucket('rules'), runtime)
        const found = (await store.rule(definition))!
        expect(await store.position()).toEqual({ epoch: EPOCH, seq: taken.length })
        const after = ruleEngine(definition)
        const [run] = after.engine.runs
        run.restore(found.snapshot)
        expect(encode(run.snapshot())).toEqual(encode(snapshot))
        after.engine.skip(run, found.seq)
        for (const frame of frames) after.engine.take(frame, 0)
        after.engine.advance((START + 1000) * 1e6)
        expect(encode([...before.made, ...after.made])).toEqual(encode(whole.made))
        expect(run.counters).toEqual(whole.engine.runs[0].counters)
        await state.close()
      }),
      { numRuns },
    )
  },
)
