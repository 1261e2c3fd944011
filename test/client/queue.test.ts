import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Queue } from '../../src/client/queue.js'

describe('a queue', () => {
  it('behaves like a list from which the first item is taken', () => {
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

  it('passes many items through', () => {
    const queue = new Queue<number>()
    for (let n = 0; n < 5000; n++) queue.push(n)
    for (let n = 0; n < 100_000; n++) {
      if (queue.shift() !== n) throw new Error(`${n} was expected`)
      queue.push(n + 5000)
    }
    expect(queue.length).toBe(5000)
  })
})
