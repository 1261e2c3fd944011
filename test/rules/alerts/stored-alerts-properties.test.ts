import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { encode } from '../../../src/event/index.js'
import { RuleStore, settingsOf } from '../../../src/rules/rule-store.js'
import type { RuleSnapshot } from '../../../src/rules/run.js'
import { openMemoryState } from '../../../src/state/index.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { repeats } from '../../helpers/repeats.js'
import { AlertWorld, alerting, free, full, type LoggedEvent, silence, unsilence } from './alert-world.js'

const runtime = new FakeRuntime()
const states = new Set<{ close(): Promise<void> }>()
afterEach(async () => {
  for (const state of states) await state.close()
  states.clear()
})

const hosts = ['a', 'b', '__proto__', '\ud800', '']
const steps = fc.array(
  fc.record({
    pause: fc.integer({ min: 0, max: 6 }),
    does: fc.constantFrom('full', 'full', 'free', 'silence', 'unsilence', 'resolve', 'time'),
    host: fc.nat(hosts.length - 1),
    /** The process ends after it, and the next one continues from what was kept so many steps before. */
    crash: fc.option(fc.nat(4), { nil: undefined }),
  }),
  { maxLength: 30 },
)
type Steps = typeof steps extends fc.Arbitrary<infer Value> ? Value : never

const time = fc.integer({ min: 1, max: 8 }).map((seconds) => seconds * 1000)
const optional = fc.option(time, { nil: undefined })
const settings = fc.record({
  endsAfter: optional,
  hold: optional,
  repeat: optional,
  after: fc.integer({ min: 1, max: 3 }),
  group: fc.option(
    fc.record({ by: fc.constantFrom([], ['host'], ['rule', 'severity']), wait: time, interval: time }),
    { nil: undefined },
  ),
})
type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never

function rulesWith({ endsAfter, hold, repeat, after, group }: Settings) {
  const resolve = { filter: 'in/free' }
  const sink = group === undefined ? 'pager' : undefined
  const more = { sink, after: { count: after, within: 20_000 } }
  return [
    alerting({ endsAfter, hold, repeat, resolve }, more),
    alerting({ resolve: 'byHand', repeat }, { name: 'other', sink }),
    alerting({ resolve: 'never' }, { name: 'fact', sink }),
  ]
}

function eventOf({ does, host }: Steps[number], at: number, world: AlertWorld): LoggedEvent | undefined {
  const name = hosts[host]
  const key = world.log.flatMap(({ data }) => (data as { key?: string }).key ?? []).at(-1)
  if (does === 'full') return full(at, name)
  if (does === 'free') return free(at, name)
  if (does === 'silence') return silence(at, 5 + host, { host: name === '' ? '*' : 'a' }, `s${host}`)
  if (does === 'unsilence') return unsilence(at, `s${host}`)
  const data = { rule: 'other', key, by: 'ada' }
  return does === 'resolve' ? { tag: 'hub/alert/resolve', at, data, source: 'hub/a' } : undefined
}

async function play(steps: Steps, settings: Settings, mayCrash: boolean): Promise<AlertWorld> {
  const definitions = rulesWith(settings)
  const world = new AlertWorld(definitions, undefined, [
    { match: {}, sinks: ['pager'], repeat: settings.repeat, group: settings.group },
  ])
  const kept = [world.keep()]
  let at = 1.8e9
  for (const step of steps) {
    at += step.pause
    const event = eventOf(step, at, world)
    if (event === undefined) world.advance(at)
    else world.publish(event)
    kept.push(world.keep())
    if (!mayCrash || step.crash === undefined) continue
    const { seq, snapshots: before } = kept[Math.max(0, kept.length - 1 - step.crash)]
    const snapshots = await throughTheStore(world, seq, before)
    world.restart(seq, (run, index) => run.restore(snapshots[index]))
    expect(world.keep().seq).toBe(world.log.length)
  }
  world.advance(at + 10_000)
  return world
}

/** Stores the records, and reads them as a hub does that starts. */
async function throughTheStore(world: AlertWorld, seq: number, snapshots: readonly RuleSnapshot[]) {
  const state = openMemoryState({ runtime })
  states.add(state)
  const epoch = 'epochofatest0'
  const store = new RuleStore(state.bucket('rules'), runtime)
  const entries = world.runs.map(({ name, definition }, index) => {
    const snapshot = snapshots[index]
    return [
      name,
      [encode({ settings: settingsOf(definition), epoch, seq, began: 0, snapshot, leftOut: [] })],
    ] as const
  })
  await store.save({ epoch, seq }, entries)
  const again = new RuleStore(state.bucket('rules'), runtime)
  return Promise.all(
    world.runs.map(async ({ definition }) => {
      const found = await again.rule(definition)
      if (found === undefined) throw new Error(`the record of ${definition.name} is not read`)
      return found.snapshot
    }),
  )
}

test('alerts, silences and notices of a hub that is killed are those of one that runs on, each event once', async () => {
  await fc.assert(
    fc.asyncProperty(steps, settings, async (steps, settings) => {
      const whole = await play(steps, settings, false)
      const interrupted = await play(steps, settings, true)
      expect(interrupted.log).toEqual(whole.log)
      expect(interrupted.keep().snapshots.map((each) => encode(each))).toEqual(
        whole.keep().snapshots.map((each) => encode(each)),
      )
    }),
    { numRuns: repeats(3, 250) },
  )
})

test('each alert begins before it ends, and does not begin again meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(steps, settings, async (steps, settings) => {
      const firing = new Set<string>()
      const { log } = await play(steps, settings, true)
      for (const { tag, data } of log) {
        const { key, rule } = data as { key: string; rule: string }
        if (tag.startsWith('hub/') || rule === 'fact') continue
        if (tag.endsWith('/firing')) {
          expect(firing.has(key)).toBe(false)
          firing.add(key)
        } else if (tag.endsWith('/resolved')) expect(firing.delete(key)).toBe(true)
      }
    }),
    { numRuns: repeats(4, 200) },
  )
})
