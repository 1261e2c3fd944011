import { describe, expect, it } from 'vitest'
import { Forwarded } from '../../src/upstream/forwarded.js'

const core = { lastCounter: 0, epoch: 'bbbbbbbbbbbbb', durable: true }

function forwarded(filters = ['demo/']): Forwarded {
  return new Forwarded('core', filters, () => undefined)
}

/** One that has been connected from the first event on, and is past the given one. */
function forwardedTo(seq: number): Forwarded {
  const known = forwarded()
  known.restore(undefined)
  known.connected(undefined, 0, core)
  known.movedTo(seq)
  return known
}

function reached(known: Forwarded, seq: number) {
  return { seq, counter: seq, there: core.epoch, range: known.range }
}

describe('an event counts as forwarded', () => {
  it('up to the place that is on the disk of the other hub', () => {
    const known = forwardedTo(10)
    expect([known.has(1), known.has(10), known.has(11)]).toEqual([true, true, false])
    expect(known.passed).toBe(10)
  })

  it('only from where forwarding has begun', () => {
    const known = forwarded()
    known.movedTo(5)
    known.movedTo(9)
    expect([known.has(5), known.has(6), known.has(9)]).toEqual([false, true, true])
  })

  it('only if it was not left out', () => {
    const known = forwardedTo(10)
    known.leaveOut({ from: 3, to: 3 })
    known.leaveOut({ from: 4, to: 5 })
    expect([2, 3, 4, 5, 6].map((seq) => known.has(seq))).toEqual([true, false, false, false, true])
  })

  it('also if many others were left out, of which the oldest become one range', () => {
    const known = forwardedTo(1000)
    for (let seq = 10; seq < 1000; seq += 2) known.leaveOut({ from: seq, to: seq })
    expect(known.range?.leftOut).toHaveLength(64)
    expect([9, 11, 990, 991].map((seq) => known.has(seq))).toEqual([true, false, false, true])
  })

  it('also after a restart, as long as the filter is the same', () => {
    const before = forwardedTo(10)
    before.leaveOut({ from: 3, to: 3 })
    const same = forwarded()
    same.restore(reached(before, 10))
    expect([2, 3, 10].map((seq) => same.has(seq))).toEqual([true, false, true])
    const other = forwarded(['demo/', 'shop/'])
    other.restore(reached(before, 10))
    other.connected(reached(before, 10), 10, core)
    other.movedTo(12)
    expect([2, 10, 11].map((seq) => other.has(seq))).toEqual([false, false, true])
  })
})

describe('after a new connection', () => {
  it('what the other hub has received counts only when it says that it is on its disk', () => {
    const known = forwardedTo(10)
    known.connected(reached(known, 10), 20, { ...core, lastCounter: 20 })
    expect([known.passed, known.has(10), known.has(11)]).toEqual([10, true, false])
    known.movedTo(20)
    expect(known.has(20)).toBe(true)
  })

  it('nothing counts, until it has said what it still has, if it has lost events', () => {
    const known = forwardedTo(10)
    known.connected(reached(known, 10), 6, { ...core, lastCounter: 6 })
    expect([known.passed, known.has(3)]).toEqual([0, false])
    known.movedTo(6)
    expect([known.has(6), known.has(7)]).toEqual([true, false])
  })

  it('what was in its former log does not count', () => {
    const known = forwardedTo(10)
    known.connected(reached(known, 10), 10, { ...core, epoch: 'ccccccccccccc' })
    known.movedTo(12)
    expect([known.has(10), known.has(11)]).toEqual([false, true])
  })

  it('nothing counts if it keeps events in memory only', () => {
    const known = forwarded()
    known.connected(undefined, 0, { ...core, durable: false })
    known.movedTo(12)
    expect(known.has(11)).toBe(false)
    expect(known.range).toBeUndefined()
  })
})
