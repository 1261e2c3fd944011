import { expect, it } from 'vitest'
import { ReadingTurns } from '../../src/transport/reading-turns.js'

/** An event loop of which the test runs each turn, and in which time passes only by work. */
class Loop {
  readonly turns = new ReadingTurns({
    monotonic: () => this.#now,
    soon: (run) => void this.#soon.push(run),
  })
  #now = 0
  readonly #soon: (() => void)[] = []
  readonly #order: string[] = []

  /** A connection from which reading takes some milliseconds each time. */
  reader(name: string, times: number, ms: number): () => boolean {
    let left = times
    return () => {
      this.#order.push(name)
      this.#now += ms
      return --left > 0
    }
  }

  /** Returns who had a turn. */
  turn(): string {
    for (const run of this.#soon.splice(0)) run()
    return this.#order.splice(0).join(' ')
  }
}

it('connections are read in turns, and those for which a turn has no time are the first in the next', () => {
  const loop = new Loop()
  for (const name of ['a', 'b', 'c']) loop.turns.add(loop.reader(name, 3, 1))
  expect(loop.turn()).toBe('a b c a')
  expect(loop.turn()).toBe('b c a b')
  expect(loop.turn()).toBe('c')
  expect(loop.turn()).toBe('')
})

it('work that takes long is the only one in its turn', () => {
  const loop = new Loop()
  for (const name of ['a', 'b', 'c']) loop.turns.add(loop.reader(name, 1, 15))
  expect([loop.turn(), loop.turn(), loop.turn()]).toEqual(['a', 'b', 'c'])
})

it('a connection that is gone has no turn', () => {
  const loop = new Loop()
  const gone = loop.reader('gone', 1, 1)
  loop.turns.add(gone)
  loop.turns.add(loop.reader('other', 1, 1))
  loop.turns.remove(gone)
  expect(loop.turn()).toBe('other')
})
