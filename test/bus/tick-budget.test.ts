import { expect, test } from 'vitest'
import { TickBudget } from '../../src/bus/tick-budget.js'

/** An event loop by hand, whose clock moves only with the work that is done. */
class Loop {
  time = 0
  #next: (() => void)[] = []
  readonly runtime = { monotonic: () => this.time, soon: (run: () => void) => void this.#next.push(run) }

  /** Runs one turn; what is resolved in it goes on before the next function, as in Node. */
  async turn(): Promise<void> {
    for (const run of this.#next.splice(0)) {
      run()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** Works in pieces of so many ms, and notes in which turn each is done. */
async function work(loop: Loop, budget: TickBudget, name: string, pieces: number, done: string[], ms = 1) {
  for (let piece = 0; piece < pieces; piece++) {
    const turn = budget.turn(name)
    if (turn !== undefined) await turn
    loop.time += ms
    budget.spend(10)
    done.push(name)
  }
}

test('all work together takes 5 ms of a turn of the event loop', async () => {
  const loop = new Loop()
  const budget = new TickBudget(loop.runtime, { catchUpPerTick: 1e9 })
  const done: string[] = []
  for (let nth = 0; nth < 40; nth++) void work(loop, budget, `reader ${nth}`, 3, done)
  await new Promise((resolve) => setImmediate(resolve))
  expect(done.length).toBe(5)
  while (done.length < 120) {
    const before = done.length
    await loop.turn()
    expect(done.length - before).toBeLessThanOrEqual(5)
  }
})

test('work that is alone goes on at once until its slice is over', async () => {
  const loop = new Loop()
  const budget = new TickBudget(loop.runtime, { catchUpPerTick: 1e9 })
  for (let nth = 0; nth < 10; nth++) {
    expect(budget.turn('one')).toBeUndefined()
    loop.time += 0.5
  }
  expect(budget.turn('one')).toBeInstanceOf(Promise)
})

test('a piece that takes longer than a slice is still done, one in a turn', async () => {
  const loop = new Loop()
  const budget = new TickBudget(loop.runtime, { catchUpPerTick: 1e9 })
  const done: string[] = []
  void work(loop, budget, 'one', 5, done, 30)
  void work(loop, budget, 'two', 5, done, 30)
  while (done.length < 10) {
    const before = done.length
    await loop.turn()
    expect(done.length - before).toBeLessThanOrEqual(1)
  }
})

test('a turn also ends when its bytes are used up', async () => {
  const loop = new Loop()
  const budget = new TickBudget(loop.runtime, { catchUpPerTick: 25 })
  const done: string[] = []
  void work(loop, budget, 'one', 9, done, 0)
  await new Promise((resolve) => setImmediate(resolve))
  expect(done.length).toBe(3)
})

test('a principal with many readers gets no more than one with a single reader', async () => {
  const loop = new Loop()
  const budget = new TickBudget(loop.runtime, { catchUpPerTick: 1e9 })
  const done: string[] = []
  for (let nth = 0; nth < 50; nth++) void work(loop, budget, 'many', 100, done)
  void work(loop, budget, 'one', 10, done)
  while (done.filter((name) => name === 'one').length < 10) await loop.turn()
  expect(done.length).toBeLessThan(40)
})

test('what was read in all is known, so that its garbage is collected when the hub is idle', async () => {
  const loop = new Loop()
  const budget = new TickBudget(loop.runtime, { catchUpPerTick: 15 })
  const done: string[] = []
  void work(loop, budget, 'reader', 7, done)
  while (done.length < 7) await loop.turn()
  expect(budget.spent).toBe(70)
})

test('a patient principal takes 2 ms of a turn, and waits while others read', async () => {
  const loop = new Loop()
  const budget = new TickBudget(loop.runtime, { catchUpPerTick: 1e9 })
  budget.bePatient('patient')
  const done: string[] = []
  void work(loop, budget, 'patient', 20, done)
  await new Promise((resolve) => setImmediate(resolve))
  expect(done.length).toBe(2)
  void work(loop, budget, 'reader', 20, done)
  while (done.filter((name) => name === 'reader').length < 20) await loop.turn()
  expect(done.filter((name) => name === 'patient').length).toBeLessThanOrEqual(2 + 2)
  while (done.length < 40) {
    const before = done.length
    await loop.turn()
    expect(done.length - before).toBeLessThanOrEqual(2)
  }
})

test('a patient principal has its turn although others never end', async () => {
  const loop = new Loop()
  const budget = new TickBudget(loop.runtime, { catchUpPerTick: 1e9 })
  const end = budget.bePatient('patient')
  const done: string[] = []
  for (const name of ['one', 'two']) void work(loop, budget, name, 1000, done)
  void work(loop, budget, 'patient', 5, done)
  while (done.length < 300) await loop.turn()
  expect(done.filter((name) => name === 'patient').length).toBe(5)
  end()
})

test('a reader that gives way to others gets on in turns that they use up', async () => {
  const loop = new Loop()
  const budget = new TickBudget({ ...loop.runtime, inTurn: () => 50 }, { catchUpPerTick: 1e9 })
  budget.bePatient('one')
  const done: string[] = []
  void work(loop, budget, 'one', 5, done)
  for (let nth = 0; nth < 20; nth++) await loop.turn()
  expect(done.length).toBe(5)
})
