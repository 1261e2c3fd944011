import { describe, expect, it } from 'vitest'
import { Producers } from '../../src/bus/producers.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

const HOUR = 3_600_000
const nobody = { takenOver: () => undefined }

function filled(runtime: FakeRuntime, limit: number, ...keys: string[]): Producers {
  const producers = new Producers(runtime, limit)
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
