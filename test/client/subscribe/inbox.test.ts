import { describe, expect, it, vi } from 'vitest'
import { Inbox } from '../../../src/client/subscribe/inbox.js'

describe('an inbox', () => {
  it('reports when it is full and when it is low again', () => {
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

  it('keeps only the latest of consecutive items of one kind', () => {
    const inbox = new Inbox<string>({ sizeOf: () => 1, onFull: () => {}, onLow: () => {} })
    const isSame = (last: string) => last.startsWith('p')
    for (const item of ['p1', 'p2', 'p3']) inbox.putLatest(item, isSame)
    inbox.put('x')
    inbox.putLatest('p4', isSame)
    expect([inbox.take(), inbox.take(), inbox.take(), inbox.take()]).toEqual(['p3', 'x', 'p4', undefined])
  })

  it('counts the bytes of the latest item only', () => {
    const onFull = vi.fn()
    const inbox = new Inbox<string>({ sizeOf: ({ length }) => length, onFull, onLow: () => {} })
    for (let n = 0; n < 20; n++) inbox.putLatest('p'.repeat(100_000), () => true)
    expect([onFull.mock.calls.length, inbox.take()?.length]).toEqual([0, 100_000])
    for (let n = 0; n < 11; n++) inbox.put('p'.repeat(100_000))
    expect(onFull).toHaveBeenCalledOnce()
  })

  it('yields the remaining items after its end, then the error once', async () => {
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
