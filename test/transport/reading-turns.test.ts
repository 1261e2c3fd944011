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

  /** Work that takes some milliseconds, in this turn. */
  work(ms: number): void {
    this.#now += ms
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

it('what comes is read at once while there is time in this turn', () => {
  const loop = new Loop()
  expect(loop.turns.hasTime).toBe(true)
  loop.work(3)
  expect(loop.turns.hasTime).toBe(true)
  loop.work(2)
  expect(loop.turns.hasTime).toBe(false)
  loop.turn()
  expect(loop.turns.hasTime).toBe(true)
})

it('what comes while others wait is not read before them', () => {
  const loop = new Loop()
  loop.turns.add(loop.reader('first', 1, 1))
  expect(loop.turns.hasTime).toBe(false)
  loop.turn()
  expect(loop.turns.hasTime).toBe(true)
})

it('those that wait have only what is left of the time, and at least one of them is read', () => {
  const loop = new Loop()
  expect(loop.turns.hasTime).toBe(true)
  loop.work(5)
  for (const name of ['a', 'b']) loop.turns.add(loop.reader(name, 1, 1))
  expect([loop.turn(), loop.turn()]).toEqual(['a', 'b'])
})

it('one that throws has no further turn, and all others do', () => {
  const loop = new Loop()
  loop.turns.add(() => {
    throw new Error('broken')
  })
  loop.turns.add(loop.reader('other', 2, 5))
  expect(() => loop.turn()).toThrow('broken')
  expect([loop.turn(), loop.turn(), loop.turn()]).toEqual(['other', 'other', ''])
})

it('time that is asked for while the last one reads ends with the turn', () => {
  const loop = new Loop()
  loop.turns.add(() => {
    expect(loop.turns.hasTime).toBe(true)
    return false
  })
  loop.turn()
  loop.work(100)
  loop.turn()
  expect(loop.turns.hasTime).toBe(true)
})
