import { describe, expect, it, vi } from 'vitest'
import { Backpressure } from '../../../src/client/publish/backpressure.js'

describe('backpressure', () => {
  it('admits as many events as the window has room for, in the order of the calls', () => {
    let room = 0
    const admitted: number[] = []
    const backpressure = new Backpressure(
      () => room === 0,
      () => {},
    )
    const enter = (n: number) => ({
      enter() {
        room--
        admitted.push(n)
      },
      fail() {},
    })
    for (let n = 0; n < 5; n++) backpressure.wait(enter(n))
    room = 2
    backpressure.progress()
    expect(admitted).toEqual([0, 1])
    room = 10
    // A new event does not overtake those that wait.
    backpressure.wait(enter(5))
    expect(admitted).toEqual([0, 1])
    backpressure.progress()
    expect(admitted).toEqual([0, 1, 2, 3, 4, 5])
    backpressure.stopTimer()
  })

  it('drops an aborted event, and rejects all that wait when it fails', () => {
    const backpressure = new Backpressure(
      () => true,
      () => {},
    )
    const aborter = new AbortController()
    const failed: unknown[] = []
    const enter = () => {}
    backpressure.wait(
      { enter, fail: (error) => failed.push((error as { code: string }).code) },
      aborter.signal,
    )
    backpressure.wait({ enter, fail: (error) => failed.push(error) })
    aborter.abort()
    backpressure.fail('over')
    expect(failed).toEqual(['TCN_CLIENT_ABORTED', 'over'])
  })

  it('reports when nothing has moved for a second', () => {
    vi.useFakeTimers()
    const stalled = vi.fn()
    const backpressure = new Backpressure(() => true, stalled)
    backpressure.wait({ enter() {}, fail() {} })
    vi.advanceTimersByTime(900)
    backpressure.progress()
    vi.advanceTimersByTime(900)
    expect(stalled).not.toHaveBeenCalled()
    vi.advanceTimersByTime(200)
    expect(stalled).toHaveBeenCalledOnce()
    backpressure.stopTimer()
    vi.useRealTimers()
  })
})
