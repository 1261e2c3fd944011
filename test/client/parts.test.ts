import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { Backoff } from '../../src/client/backoff.js'
import { Inbox } from '../../src/client/inbox.js'
import { KeptFrames } from '../../src/client/kept-frames.js'
import { Queue } from '../../src/client/queue.js'
import { Room } from '../../src/client/room.js'
import { AcceptedRun } from '../../src/client/waiters.js'
import { frameBytes, frameSeq } from '../../src/event/frame.js'
import { FrameWriter } from '../../src/event/frame-writer.js'
import { concat } from '../event/bytes.js'

describe('Queue', () => {
  it('is a list from which the first is taken', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('push' as const), value: fc.nat(9) }),
      fc.record({ type: fc.constant('shift' as const) }),
      fc.record({ type: fc.constant('remove' as const), value: fc.nat(9) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const queue = new Queue<number>()
        const list: number[] = []
        for (const each of steps) {
          if (each.type === 'push') {
            queue.push(each.value)
            list.push(each.value)
          } else if (each.type === 'shift') {
            expect(queue.shift()).toBe(list.shift())
          } else {
            const at = list.indexOf(each.value)
            expect(queue.remove((item) => item === each.value)).toBe(
              at < 0 ? undefined : list.splice(at, 1)[0],
            )
          }
          expect([...queue]).toEqual(list)
          expect([queue.length, queue.first]).toEqual([list.length, list[0]])
        }
      }),
    )
  })

  it('takes many through', () => {
    const queue = new Queue<number>()
    for (let n = 0; n < 5000; n++) queue.push(n)
    for (let n = 0; n < 100_000; n++) {
      if (queue.shift() !== n) throw new Error(`${n} was expected`)
      queue.push(n + 5000)
    }
    expect(queue.length).toBe(5000)
  })
})

describe('Backoff', () => {
  it('grows to five seconds, spread over half of each pause, and starts anew', () => {
    const longest = new Backoff(() => 1)
    const delays = Array.from({ length: 10 }, () => longest.next())
    expect(delays).toEqual([50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
    longest.reset()
    expect(longest.next()).toBe(50)
    expect(new Backoff(() => 0).next()).toBe(25)
  })
})

describe('Room', () => {
  it('lets in as many as there is room for, in their order', () => {
    let room = 0
    const inside: number[] = []
    const gate = new Room(
      () => room === 0,
      () => {},
    )
    const enter = (n: number) => ({
      enter() {
        room--
        inside.push(n)
      },
      fail() {},
    })
    for (let n = 0; n < 5; n++) gate.wait(enter(n))
    room = 2
    gate.progress()
    expect(inside).toEqual([0, 1])
    room = 10
    // Not past those who wait.
    gate.wait(enter(5))
    expect(inside).toEqual([0, 1])
    gate.progress()
    expect(inside).toEqual([0, 1, 2, 3, 4, 5])
    gate.calm()
  })

  it('forgets who gave up, and fails all who wait at the end', () => {
    const gate = new Room(
      () => true,
      () => {},
    )
    const given = new AbortController()
    const failed: unknown[] = []
    const enter = () => {}
    gate.wait({ enter, fail: (error) => failed.push((error as { code: string }).code) }, given.signal)
    gate.wait({ enter, fail: (error) => failed.push(error) })
    given.abort()
    gate.fail('over')
    expect(failed).toEqual(['TCN_CLIENT_ABORTED', 'over'])
  })

  it('says when nothing moves for a second', () => {
    vi.useFakeTimers()
    const stalled = vi.fn()
    const gate = new Room(() => true, stalled)
    gate.wait({ enter() {}, fail() {} })
    vi.advanceTimersByTime(900)
    gate.progress()
    vi.advanceTimersByTime(900)
    expect(stalled).not.toHaveBeenCalled()
    vi.advanceTimersByTime(200)
    expect(stalled).toHaveBeenCalledOnce()
    gate.calm()
    vi.useRealTimers()
  })
})

describe('Inbox', () => {
  it('says when it is full and when it is low again', () => {
    const onFull = vi.fn()
    const onLow = vi.fn()
    const inbox = new Inbox<number>({ sizeOf: () => 300_000, onFull, onLow })
    for (let n = 0; n < 6; n++) inbox.put(n)
    expect([onFull.mock.calls.length, inbox.isFull]).toEqual([1, true])
    for (let n = 0; n < 5; n++) expect(inbox.take()).toBe(n)
    expect(onLow).not.toHaveBeenCalled()
    inbox.take()
    expect([onLow.mock.calls.length, inbox.isFull]).toEqual([1, false])
  })

  it('keeps only the latest of what says the same in a row', () => {
    const inbox = new Inbox<string>({ sizeOf: () => 1, onFull: () => {}, onLow: () => {} })
    const isSame = (last: string) => last.startsWith('p')
    for (const item of ['p1', 'p2', 'p3']) inbox.putLatest(item, isSame)
    inbox.put('x')
    inbox.putLatest('p4', isSame)
    expect([inbox.take(), inbox.take(), inbox.take(), inbox.take()]).toEqual(['p3', 'x', 'p4', undefined])
  })

  it('gives what is there before it ends, then the error once', async () => {
    const inbox = new Inbox<number>({ sizeOf: () => 1, onFull: () => {}, onLow: () => {} })
    const first = inbox.next()
    inbox.put(1)
    inbox.put(2)
    inbox.end(new Error('over'))
    inbox.put(3)
    expect([await first, await inbox.next()]).toEqual([1, 2])
    await expect(inbox.next()).rejects.toThrow('over')
    expect(await inbox.next()).toBeUndefined()
  })
})

describe('KeptFrames', () => {
  it('gives again what follows a counter, wherever that lies', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(pieces, fc.nat(40), fc.nat(40), (counts, released, after) => {
        const writer = new FrameWriter()
        const kept = new KeptFrames()
        let last = 0
        for (const count of counts) {
          for (let n = 0; n < count; n++) last = writer.write('tag', n)
          kept.add(writer.take() as NonNullable<ReturnType<FrameWriter['take']>>)
        }
        kept.release(Math.min(released, after))
        const bytes = concat(...kept.after(after))
        const counters: number[] = []
        for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) counters.push(frameSeq(bytes, at))
        const expected = Array.from({ length: last }, (_, n) => n + 1).filter((n) => n > after)
        expect(counters).toEqual(expected)
      }),
    )
  })
})

describe('AcceptedRun', () => {
  it('knows where the events of its run are, and of no other', () => {
    const run = new AcceptedRun(10, 'e-100', 3)
    expect([7, 8, 9, 10].map((counter) => run.cursorOf(counter))).toEqual([
      undefined,
      'e-98',
      'e-99',
      'e-100',
    ])
    expect(new AcceptedRun(10, 'e-100', 0).cursorOf(10)).toBe('e-100')
    expect(new AcceptedRun(10, undefined, 5).cursorOf(10)).toBeUndefined()
  })
})
