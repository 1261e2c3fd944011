import { describe, expect, it, onTestFinished } from 'vitest'
import { diagnostics } from '../../src/bus/diagnostics.js'
import { Producers } from '../../src/bus/producers.js'
import { type EventLog, openMemoryLog } from '../../src/log/index.js'
import { type Bucket, openMemoryState } from '../../src/state/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { realRuntime } from '../helpers/real-runtime.js'

const HOUR = 3_600_000
const nobody = { takenOver: () => undefined }

function filled(runtime: FakeRuntime, limit: number, ...keys: string[]): Producers {
  const producers = new Producers(runtime, { producers: limit })
  for (const key of keys) producers.get(key).last = 1
  return producers
}

describe('the last counters of producers', () => {
  it('are kept by principal and name together', () => {
    expect(Producers.key({ name: 'salt', source: '' }, 'p')).toBe('salt/p')
  })

  it('are forgotten after a day without a connection, but not while one is open', () => {
    const runtime = new FakeRuntime()
    const producers = filled(runtime, 10, 'away', 'connected')
    producers.get('connected').owner = nobody
    runtime.advance(23 * HOUR)
    producers.get('late').last = 1
    producers.forget()
    expect(producers.size).toBe(3)
    runtime.advance(2 * HOUR)
    producers.forget()
    expect(producers.get('connected').last).toBe(1)
    expect(producers.get('late').last).toBe(1)
    expect(producers.get('away').last).toBe(0)
  })

  it('are not forgotten because of a jump of the clock that is doubted', () => {
    const runtime = new FakeRuntime()
    const time = runtime.now()
    const producers = new Producers(runtime, { producers: 10 }, () => time)
    producers.get('away').last = 1
    runtime.setClock(time + 400 * 24 * HOUR * 1000)
    producers.forget()
    expect(producers.lastOf('away')).toBe(1)
  })

  it('are limited in number, and the oldest are dropped first', () => {
    const producers = filled(new FakeRuntime(), 2, 'one', 'two')
    producers.get('one')
    producers.get('three')
    expect(producers.size).toBe(2)
    expect(producers.get('one').last).toBe(1)
    expect(producers.get('two').last).toBe(0)
  })

  it('of one principal never displace those of another', () => {
    const producers = filled(new FakeRuntime(), 10, 'a/1', 'a/2', 'b/1', 'b/2')
    for (let n = 1; n <= 50; n++) producers.get(`many/${n}`).last = 1
    expect(producers.size).toBe(10)
    for (const key of ['a/1', 'a/2', 'b/1', 'b/2', 'many/50', 'many/45']) {
      expect(producers.get(key).last).toBe(1)
    }
    expect(producers.get('many/44').last).toBe(0)
  })

  it('are all kept while their producers are connected, even above the limit', () => {
    const producers = filled(new FakeRuntime(), 1, 'one')
    producers.get('one').owner = nobody
    producers.get('two').owner = nobody
    producers.get('three')
    expect(producers.get('one').last).toBe(1)
  })
})

describe('a snapshot of the counters of producers', () => {
  /** A log with one event, which is flushed. */
  function flushedLog(runtime: FakeRuntime): EventLog {
    const log = openMemoryLog({ runtime })
    return Object.defineProperties(log, {
      last: { value: 1 },
      durable: { value: () => Promise.resolve() },
    })
  }

  async function restored(runtime: FakeRuntime, log: EventLog, bucket: Bucket): Promise<Producers> {
    const producers = new Producers(runtime, { producers: 10_000 })
    await producers.restore(log, bucket)
    return producers
  }

  it('has all of them but those whose key the state store refuses, which it reports', async () => {
    const runtime = new FakeRuntime()
    const log = flushedLog(runtime)
    const bucket = openMemoryState({ runtime }).bucket('producers')
    const unsaved: unknown[] = []
    const note = (message: unknown) => unsaved.push((message as { producer: string }).producer)
    diagnostics.unsaved.subscribe(note)
    onTestFinished(() => void diagnostics.unsaved.unsubscribe(note))
    await filled(runtime, 10, 'a/one', 'evil/\ud800', 'b/two').save(log, bucket)
    const producers = await restored(runtime, log, bucket)
    expect(['a/one', 'evil/\ud800', 'b/two'].map((key) => producers.get(key).last)).toEqual([1, 0, 1])
    expect(unsaved).toEqual(['evil/\ud800'])
  })

  it('does not keep the counter of an earlier log for a producer that has stored nothing since', async () => {
    const runtime = new FakeRuntime()
    const log = flushedLog(runtime)
    const bucket = openMemoryState({ runtime }).bucket('producers')
    const producers = filled(runtime, 10, 'a/one', 'b/two')
    await producers.save(log, bucket)
    producers.clear()
    producers.get('a/one')
    await producers.save(log, bucket)
    expect((await restored(runtime, log, bucket)).lastOf('a/one')).toBe(0)
  })

  it('names the log that it was taken of, though another one has its place by then', async () => {
    const runtime = new FakeRuntime()
    const log = flushedLog(runtime)
    const bucket = openMemoryState({ runtime }).bucket('producers')
    const { epoch } = log
    const saving = filled(runtime, 10, 'a/one').save(log, bucket)
    await Promise.resolve()
    Object.defineProperties(log, { epoch: { value: 'b'.repeat(13) } })
    await saving
    expect((await restored(runtime, log, bucket)).lastOf('a/one')).toBe(0)
    Object.defineProperties(log, { epoch: { value: epoch } })
    expect((await restored(runtime, log, bucket)).lastOf('a/one')).toBe(1)
  })

  it('is written, and cleared of forgotten producers, in blocks that share flushes', async () => {
    const runtime = new FakeRuntime()
    const log = flushedLog(runtime)
    const disk = new CountedFlushes(openMemoryState({ runtime: realRuntime }).bucket('producers'))
    const keys = Array.from({ length: 5000 }, (_, n) => `many/${n}`)
    const producers = filled(runtime, 10_000, ...keys)
    await producers.save(log, disk.bucket)
    expect(disk.take()).toBeLessThan(10)
    runtime.advance(25 * HOUR)
    await producers.save(log, disk.bucket)
    expect(producers.size).toBe(0)
    expect(disk.take()).toBeLessThan(10)
  })
})

/** Writes made before a flush ends share the next one. */
class CountedFlushes {
  readonly bucket: Bucket
  #flushes = 0
  #next: Promise<void> | undefined

  constructor(bucket: Bucket) {
    const flushed = async <Result>(write: Promise<Result>): Promise<Result> => {
      await this.#flush()
      return write
    }
    this.bucket = {
      ...bucket,
      damaged: bucket.damaged,
      list: (prefix, after) => bucket.list(prefix, after),
      get: (key) => bucket.get(key),
      put: (key, value) => flushed(bucket.put(key, value)),
      delete: (key) => flushed(bucket.delete(key)),
    }
  }

  /** Returns the number of flushes since the last call. */
  take(): number {
    const flushes = this.#flushes
    this.#flushes = 0
    return flushes
  }

  #flush(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      this.#flushes++
      setImmediate(() => {
        this.#next = undefined
        resolve()
      })
    })
    return this.#next
  }
}
