import { expect, it, vi } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import type { MadeEvent, RuleDefinition } from '../../src/rules/rule.js'
import type { RuleHost, RuleReceiver } from '../../src/rules/rule-host.js'
import { RulesRunner } from '../../src/rules/runner.js'
import { openMemoryState } from '../../src/state/memory-state.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { rule, ruleFrame } from './rule-events.js'

/** A log in memory, and what rules make of its events. `refuses` says why an event cannot be published. */
class Log implements RuleHost {
  readonly runtime = new FakeRuntime()
  readonly types = { typeOf: () => 'type' }
  readonly bucket = openMemoryState({ runtime: this.runtime }).bucket('rules')
  readonly epoch = 'epoch00000000'
  isPrimary = true
  /** Whether all that is stored has come. */
  isCertain = true
  readonly made: MadeEvent[] = []
  readonly reports: unknown[] = []
  readonly parked: [rule: string, seq: number, tries: number, reason: string][] = []
  refuses: (event: MadeEvent, stream: string) => string | undefined = () => undefined
  attempts = 0
  readonly #frames: Uint8Array[] = []
  readonly #last = new Map<string, number>()
  readonly #receivers = new Set<RuleReceiver>()

  get last(): number {
    return this.#frames.length
  }

  caughtUp = async () => (this.isCertain ? this.runtime.now() : undefined)
  cursorOf = ({ seq }: { seq: number }) => `${this.epoch}-${seq}`

  add(...tags: string[]): void {
    for (const tag of tags) this.addWith({}, tag)
  }

  addWith(data: unknown, tag: string): void {
    const frame = ruleFrame({ tag, at: this.runtime.now() / 1e6, data }, this.last + 1)
    this.#frames.push(frame)
    for (const receiver of this.#receivers) receiver.write([frame])
  }

  follow: RuleHost['follow'] = async (from, receiver) => {
    const after = Number(from.split('-')[1])
    this.runtime.soon(() => {
      this.#receivers.add(receiver)
      for (const frame of this.#frames.slice(after)) receiver.write([frame])
      receiver.position(this.last)
    })
    return { drained: () => undefined, close: () => void this.#receivers.delete(receiver) }
  }

  publish: RuleHost['publish'] = (event, stream) => {
    if (event.counter <= (this.#last.get(stream) ?? 0)) return true
    const reason = this.refuses(event, stream)
    this.attempts++
    if (reason !== undefined) throw new TocsinError('TCN_ATTRIBUTES_INVALID', reason)
    this.#last.set(stream, event.counter)
    this.made.push(event)
    return true
  }

  settled = async () => undefined
  announce = () => true
  report: RuleHost['report'] = ({ data }) => void this.reports.push(data)
  park: RuleHost['park'] = async (...parked) => void this.parked.push(parked)

  async running(...rules: RuleDefinition[]): Promise<RulesRunner> {
    const runner = new RulesRunner(rules, this)
    await runner.start()
    await this.runtime.settle()
    return runner
  }
}

const good = rule({ name: 'good', fire: { tag: 'good', data: `\${tag}` } })
const bad = rule({ name: 'bad', fire: { tag: 'bad', data: `\${tag}` } })

it('a rule that throws is down alone, and begins again from where it was stored; the others continue', async () => {
  const log = new Log()
  const runner = await log.running(good, bad)
  let fails = true
  log.refuses = ({ tag }) => (fails && tag === 'bad' ? 'broken' : undefined)
  log.add('in/1', 'in/2')
  await log.runtime.settle()
  expect(runner.status()).toMatchObject([
    { name: 'good', state: 'up' },
    { name: 'bad', state: 'down', reason: 'broken' },
  ])
  expect(log.made).toMatchObject([{ data: 'in/1' }, { data: 'in/2' }])
  fails = false
  await log.runtime.pass(2_000)
  expect(runner.status()).toMatchObject([{ state: 'up' }, { state: 'up' }])
  expect(log.made.filter(({ tag }) => tag === 'bad')).toMatchObject([{ data: 'in/1' }, { data: 'in/2' }])
  expect(log.reports).toEqual([])
  await runner.stop()
})

it('an event at which a rule has failed ten times is parked, and the rule takes those after it', async () => {
  const log = new Log()
  const runner = await log.running(good, bad)
  log.refuses = ({ tag, data }) => (tag === 'bad' && data === 'in/2' ? 'broken' : undefined)
  log.add('in/1', 'in/2', 'in/3')
  const { attempts } = log
  await log.runtime.pass(1_500)
  // The pauses grow.
  expect(log.attempts - attempts).toBeLessThan(8)
  await log.runtime.pass(60_000)
  expect(log.parked).toEqual([['bad', 2, 10, 'broken']])
  expect(log.made.filter(({ tag }) => tag === 'bad')).toMatchObject([{ data: 'in/1' }, { data: 'in/3' }])
  expect(log.made.filter(({ tag }) => tag === 'good')).toHaveLength(3)
  expect(runner.status()).toMatchObject([{ state: 'up' }, { state: 'up', matched: 2 }])
  // It joins the others, and so it is after a restart.
  await log.runtime.pass(120_000)
  await runner.stop()
  const again = await log.running(good, bad)
  log.add('in/4')
  await log.runtime.pass(1_000)
  expect(log.parked).toHaveLength(1)
  expect(log.made.filter(({ tag }) => tag === 'bad')).toHaveLength(3)
  await again.stop()
})

it('a rule that waits, and whose event nobody takes when its time has come, is parked as well', async () => {
  const log = new Log()
  const late = rule({ name: 'late', filter: 'late/', unless: { filter: 'no/', within: 1_000 } })
  const runner = await log.running(good, late)
  log.add('late/1')
  await log.runtime.pass(500)
  log.refuses = ({ tag }) => (tag === 'out' ? 'broken' : undefined)
  await log.runtime.pass(120_000)
  expect(log.parked).toEqual([['late', 1, 10, 'broken']])
  expect(runner.status()).toMatchObject([{ state: 'up' }, { state: 'up', waiting: 0 }])
  log.refuses = () => undefined
  log.add('late/2')
  await log.runtime.pass(2_000)
  expect(log.made).toHaveLength(1)
  await runner.stop()
})

it('a rule that waits does not act while events from before may still come, and acts once they cannot', async () => {
  const log = new Log()
  const late = rule({ name: 'late', filter: 'late/', unless: { filter: 'no/', within: 1_000 } })
  const runner = await log.running(late)
  log.add('late/1', 'late/2')
  await log.runtime.pass(500)
  log.isCertain = false
  await log.runtime.pass(5_000)
  expect(log.made).toEqual([])
  log.isCertain = true
  await log.runtime.pass(500)
  expect(log.made).toHaveLength(1)
  await runner.stop()
})

/** A hub whose save is held up, while another hub lets the rule act, and ends. */
async function overtaken(log: Log, late: RuleDefinition): Promise<{ runner: RulesRunner; release(): void }> {
  const runner = await log.running(late)
  const { settled } = log
  let release = (): void => undefined
  log.settled = () => new Promise((resolve) => (release = () => resolve(undefined)))
  log.add('late/1')
  await log.runtime.pass(1_000)
  log.settled = settled
  const other = await log.running(late)
  log.add('other/1')
  await log.runtime.pass(4_000)
  log.isPrimary = false
  await other.stop()
  return { runner, release }
}

const waitsShortly = rule({ name: 'late', filter: 'late/', unless: { filter: 'no/', within: 1_500 } })

it('what a hub stores late does not take back what rules have done at another hub', async () => {
  const log = new Log()
  const { runner, release } = await overtaken(log, waitsShortly)
  release()
  await log.runtime.settle()
  await runner.stop()
  log.isPrimary = true
  const again = await log.running(waitsShortly)
  expect(again.status()).toMatchObject([{ state: 'up', waiting: 0, fired: 1 }])
  await again.stop()
})

it('a hub that another one has overtaken continues from what that one has stored', async () => {
  const log = new Log()
  const { runner, release } = await overtaken(log, waitsShortly)
  log.isPrimary = true
  release()
  await log.runtime.pass(2_000)
  expect(runner.status()).toMatchObject([{ state: 'up', waiting: 0, fired: 1 }])
  expect(log.reports).toEqual([])
  await runner.stop()
})

it('a hub that takes over while the one before still stores misses none of its events', async () => {
  const log = new Log()
  const third = rule({
    name: 'third',
    after: { count: 3, within: 60_000 },
    fire: { tag: 'out', data: `\${tag}` },
  })
  const before = await log.running(third)
  log.add('in/1')
  await log.runtime.pass(1_000)
  const { settled, bucket } = log
  let release = (): void => undefined
  log.settled = () => new Promise((resolve) => (release = () => resolve(undefined)))
  log.add('in/2', 'in/3')
  await log.runtime.pass(1_000)
  log.settled = settled
  const read = bucket.get.bind(bucket)
  vi.spyOn(bucket, 'get').mockImplementationOnce(async (key) => {
    const entry = await read(key)
    release()
    await log.runtime.settle()
    return entry
  })
  const after = await log.running(third)
  await before.stop()
  log.add('in/4', 'in/5', 'in/6')
  await log.runtime.pass(3_000)
  expect(log.made.map(({ data }) => data)).toEqual(['in/3', 'in/6'])
  await after.stop()
})

it('a position behind which a rule is down survives the end of the hub', async () => {
  const log = new Log()
  const runner = await log.running(good, bad)
  log.refuses = ({ tag }) => (tag === 'bad' ? 'broken' : undefined)
  log.add('in/1')
  await log.runtime.pass(1_000)
  log.add('in/2')
  await log.runtime.pass(3_000)
  await runner.stop()
  log.refuses = () => undefined
  const again = await log.running(good, bad)
  await log.runtime.pass(1_000)
  expect(log.made.filter(({ tag }) => tag === 'good')).toHaveLength(2)
  expect(log.made.filter(({ tag }) => tag === 'bad')).toHaveLength(2)
  await again.stop()
})

it('a rule takes the events that are stored while it begins, at the start and after a change', async () => {
  const log = new Log()
  const runner = new RulesRunner([good], log)
  log.add('in/before')
  const started = runner.start()
  log.add('in/first')
  await started
  await log.runtime.pass(100)
  // What the rule before the change takes, the one after it does not.
  const changed = runner.configure([rule({ name: 'good', fire: { tag: 'changed', data: `\${tag}` } })])
  log.add('in/second')
  await changed
  log.add('in/third')
  await log.runtime.pass(100)
  expect(log.made.map(({ tag, data }) => [tag, data])).toEqual([
    ['good', 'in/first'],
    ['good', 'in/second'],
    ['changed', 'in/third'],
  ])
  await runner.stop()
})

it('the first rule of a hub takes nothing that was stored before it', async () => {
  const log = new Log()
  const runner = await log.running()
  log.add('in/before')
  await log.runtime.pass(100)
  await runner.configure([good])
  log.add('in/after')
  await log.runtime.pass(100)
  expect(log.made.map(({ data }) => data)).toEqual(['in/after'])
  await runner.stop()
})

it('a rule that is new while another hub runs the rules begins when this one takes over', async () => {
  const log = new Log()
  log.isPrimary = false
  const runner = await log.running()
  log.add('in/before')
  await runner.configure([good])
  log.add('in/waiting')
  await log.runtime.pass(3000)
  log.isPrimary = true
  await log.runtime.pass(3000)
  log.add('in/after')
  await log.runtime.pass(100)
  expect(log.made.map(({ data }) => data)).toEqual(['in/after'])
  await runner.stop()
})

it('rules that cannot be started are tried again after growing pauses', async () => {
  const log = new Log()
  let follows = 0
  const { follow } = log
  log.follow = async () => {
    follows++
    throw new Error('no log')
  }
  const runner = await log.running(good)
  await log.runtime.pass(30_000)
  expect(runner.status()).toMatchObject([{ state: 'down', reason: expect.stringContaining('no log') }])
  expect(follows).toBeLessThan(10)
  expect(log.reports).toMatchObject([{ state: 'down' }])
  log.follow = follow
  await log.runtime.pass(60_000)
  expect(runner.status()).toMatchObject([{ state: 'up' }])
  expect(log.reports).toMatchObject([{ state: 'down' }, { state: 'back' }])
  await runner.stop()
})

it('what a rule remembers may be larger than a value of the state store', async () => {
  const log = new Log()
  const waits = rule({
    name: 'waits',
    filter: 'long/',
    by: ['tag'],
    unless: { filter: 'no/', within: 3_600_000 },
    fire: { tag: 'late', data: `\${data.text}` },
  })
  const runner = await log.running(waits)
  const text = 'x'.repeat(60_000)
  for (let nth = 0; nth < 68; nth++) log.addWith({ text }, `long/${nth}`)
  await log.runtime.pass(3_000)
  expect(runner.status()).toMatchObject([{ state: 'up', waiting: 68 }])
  // As after a crash, nothing is stored at its end.
  log.isPrimary = false
  await runner.stop()
  log.isPrimary = true
  const again = await log.running(waits)
  expect(again.status()).toMatchObject([{ state: 'up', waiting: 68 }])
  await log.runtime.pass(4_000_000)
  expect(log.made).toHaveLength(68)
  await again.stop()
})

/** A rule that waits an hour for each tag under `long/`. */
const waitsForEach = rule({
  name: 'waits',
  filter: 'long/',
  by: ['tag'],
  unless: { filter: 'no/', within: 3_600_000 },
  fire: { tag: 'late', data: `\${data.text}` },
  groups: 100_000,
})

/** Ends it as a crash does, and returns what the rule makes after another start. */
async function madeAfterCrash(log: Log, runner: RulesRunner): Promise<unknown[]> {
  log.isPrimary = false
  await runner.stop()
  log.isPrimary = true
  const again = await log.running(waitsForEach)
  await log.runtime.pass(4_000_000)
  await again.stop()
  return log.made.map(({ data }) => data)
}

it('what a rule remembers is stored less often when it is much, and nothing of it is missing after a crash', async () => {
  const log = new Log()
  const runner = await log.running(waitsForEach)
  const stored = vi.spyOn(log.bucket, 'compareAndSet')
  for (let nth = 0; nth < 60; nth++) log.addWith({ text: 'x'.repeat(60_000) }, `long/${nth}`)
  await log.runtime.pass(3_000)
  for (let second = 0; second < 12; second++) {
    log.addWith({ text: `${second}` }, `long/short-${second}`)
    await log.runtime.pass(1_000)
  }
  const records = stored.mock.calls.filter(([key]) => key === waitsForEach.name)
  expect(records.length).toBeGreaterThan(0)
  expect(records.length).toBeLessThanOrEqual(2)
  const made = await madeAfterCrash(log, runner)
  expect(made).toHaveLength(72)
  expect(new Set(made).size).toBe(1 + 12)
})

it('a rule with thousands of groups is stored in steps, between which it takes no event', async () => {
  const log = new Log()
  const runner = await log.running(waitsForEach)
  const add = (from: number, to: number) => {
    for (let nth = from; nth < to; nth++) log.addWith({ text: `${nth}` }, `long/${nth}`)
  }
  add(0, 2000)
  await log.runtime.pass(999)
  add(2000, 3000)
  await log.runtime.pass(5_000)
  expect(runner.status()).toMatchObject([{ state: 'up', waiting: 3000 }])
  const made = await madeAfterCrash(log, runner)
  expect(made).toEqual(Array.from({ length: 3000 }, (_, nth) => `${nth}`))
})
