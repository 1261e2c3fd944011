import { describe, expect, it } from 'vitest'
import { LongWork, type LongWorkOptions, MAX_QUEUED } from '../../src/incremental/long-work.js'
import { TimeAtOnce } from '../../src/incremental/time-at-once.js'

/** A runtime whose clock moves by a millisecond with every step, and whose turns the test begins. */
class StepRuntime {
  time = 0
  #soon: (() => void)[] = []
  monotonic = () => this.time
  soon = (run: () => void) => void this.#soon.push(run)

  get isIdle(): boolean {
    return this.#soon.length === 0
  }

  turn(): void {
    for (const run of this.#soon.splice(0)) run()
  }
}

function start(options: LongWorkOptions = {}) {
  const runtime = new StepRuntime()
  const log: string[] = []
  function* steps(name: string, count: number): Generator<undefined, string> {
    for (let step = 1; step <= count; step++) {
      runtime.time++
      log.push(`${name}${step}`)
      if (step < count) yield
    }
    return `${name} done`
  }
  return { runtime, log, steps, work: new LongWork(runtime, options) }
}

describe('long work', () => {
  it('takes at most two milliseconds of each turn', async () => {
    const { runtime, log, steps, work } = start()
    const done = work.run('alice', steps('a', 5))
    const lengths: number[] = []
    while (!runtime.isIdle) {
      const before = log.length
      runtime.turn()
      lengths.push(log.length - before)
    }
    expect(lengths).toEqual([2, 2, 1])
    expect(await done).toBe('a done')
  })

  it('lets principals take turns, and does the work of one in order', async () => {
    const { runtime, log, steps, work } = start()
    const all = [
      work.run('alice', steps('a', 3)),
      work.run('alice', steps('b', 2)),
      work.run('bob', steps('c', 3)),
    ]
    while (!runtime.isIdle) runtime.turn()
    expect(log).toEqual(['a1', 'c1', 'a2', 'c2', 'a3', 'c3', 'b1', 'b2'])
    expect(await Promise.all(all)).toEqual(['a done', 'b done', 'c done'])
  })

  it('has two pieces of work in progress at most, and lets the next principal in after each', () => {
    const { runtime, log, steps, work } = start()
    for (const [principal, name] of ['1a', '1b', '2c', '3d']) void work.run(principal, steps(name, 2))
    while (!runtime.isIdle) runtime.turn()
    expect(log).toEqual(['a1', 'c1', 'a2', 'c2', 'd1', 'b1', 'd2', 'b2'])
  })

  it('lets small work of one principal take turns too, and all principals', () => {
    const { runtime, log, steps, work } = start({ isSmall: true })
    for (const [principal, name] of ['1a', '1b', '2c', '3d']) void work.run(principal, steps(name, 2))
    while (!runtime.isIdle) runtime.turn()
    expect(log).toEqual(['a1', 'c1', 'd1', 'b1', 'c2', 'd2', 'a2', 'b2'])
  })

  it('has time for five milliseconds of what is done at once, in each turn', () => {
    const { runtime, work } = start()
    const has = [0, 4, 1, 0].map((milliseconds) => {
      runtime.time += milliseconds
      return work.hasTime
    })
    expect(has).toEqual([true, true, false, false])
    runtime.turn()
    expect(work.hasTime).toBe(true)
  })

  it('shares the time for what is done at once with other work of the same requests', () => {
    const { runtime } = start()
    const atOnce = new TimeAtOnce(runtime)
    const [reads, writes] = [new LongWork(runtime, { atOnce }), new LongWork(runtime, { atOnce })]
    expect(reads.hasTime).toBe(true)
    runtime.time += 5
    expect(writes.hasTime).toBe(false)
    runtime.turn()
    expect(writes.hasTime).toBe(true)
  })

  it('counts what promises and ticks continue in the same turn as part of the step that began it', async () => {
    const { runtime, log, work } = start()
    const slow = (name: string) =>
      work.run(
        name,
        (function* (): Generator<undefined, Promise<void>> {
          return (async () => {
            await undefined
            runtime.time++
            await new Promise<void>((resolve) => process.nextTick(resolve))
            runtime.time++
            log.push(name)
          })()
        })(),
      )
    const all = ['a', 'b', 'c'].map(slow)
    const lengths: number[] = []
    while (!runtime.isIdle) {
      const before = log.length
      runtime.turn()
      await new Promise((resolve) => setImmediate(resolve))
      lengths.push(log.length - before)
    }
    expect(lengths).toEqual([1, 1, 1])
    await Promise.all(all)
  })

  it('rejects with what a step throws, and goes on with the rest', async () => {
    const { runtime, steps, work } = start()
    const faulty = work.run(
      'alice',
      (function* () {
        yield
        throw new Error('bad')
      })(),
    )
    const good = work.run('alice', steps('a', 1))
    faulty.catch(() => {})
    while (!runtime.isIdle) runtime.turn()
    await expect(faulty).rejects.toThrow('bad')
    expect(await good).toBe('a done')
  })

  it('stops work whose client has left, and refuses more than may wait', async () => {
    const { runtime, log, steps, work } = start()
    const left = new AbortController()
    const stopped = work.run('alice', steps('a', 100), left.signal)
    stopped.catch(() => {})
    runtime.turn()
    left.abort(new Error('left'))
    while (!runtime.isIdle) runtime.turn()
    await expect(stopped).rejects.toThrow('left')
    expect(log).toHaveLength(2)
    const waiting = Array.from({ length: MAX_QUEUED }, () => work.run('bob', steps('b', 1)))
    await expect(work.run('bob', steps('b', 1))).rejects.toMatchObject({ code: 'TCN_HTTP_TOO_MANY' })
    while (!runtime.isIdle) runtime.turn()
    await Promise.all(waiting)
  })

  it('takes work that a step adds for the same principal and for another', async () => {
    for (const isSmall of [true, false]) {
      const { runtime, log, steps, work } = start({ isSmall })
      const added: Promise<string>[] = []
      const first = work.once('alice', () => {
        log.push('first')
        for (const [principal, name] of [
          ['alice', 'a'],
          ['bob', 'b'],
          ['alice', 'c'],
        ] as const)
          added.push(work.run(principal, steps(name, 2)))
      })
      while (!runtime.isIdle) runtime.turn()
      await first
      expect(await Promise.all(added)).toEqual(['a done', 'b done', 'c done'])
      expect([...log].sort()).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'first'])
    }
  })
})
