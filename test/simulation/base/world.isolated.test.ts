import './clock.js'
import { expect, test } from 'vitest'
import { Channel, Network } from './network.js'
import { type First, World } from './world.js'

const COUNT = 100

const numbers = Array.from({ length: COUNT }, (_, number) => number)

interface Arrival {
  number: number
  time: number
}

interface Upset {
  pauses?: readonly { at: number; length: number }[]
  isUnordered?: boolean
  doubled?: number
}

/** Sends a number each ms to a process, in one of two lanes. */
function arrivals({ pauses = [], isUnordered, doubled }: Upset): Arrival[] {
  const world = new World(1)
  const network = new Network(1, () => world.time)
  const sender = world.process('sender')
  const receiver = world.process('receiver')
  const arrived: Arrival[] = []
  const arrive = (number: number) => void arrived.push({ number, time: world.time })
  const channel = new Channel<number>(network, sender, receiver, () => world.time, arrive, {
    mayDouble: true,
  })
  network.unorder('sender', 'receiver', isUnordered)
  network.double('sender', 'receiver', doubled)
  for (let number = 0; number < COUNT; number++)
    sender.runtime.after(number, () => channel.send(number, `lane ${number % 2}`))
  for (const { at, length } of pauses) sender.runtime.after(at, () => world.pause(receiver, length))
  world.run(() => false, 1000)
  return arrived
}

/** A world settles promises itself, so that it does not run within one. */
function arrivalsAlone(upset: Upset): Promise<Arrival[]> {
  return new Promise((resolve) => void setImmediate(() => resolve(arrivals(upset))))
}

test.each([
  { lengths: [60, 10], which: 'the first ends later' },
  { lengths: [40, 40], which: 'the second ends later' },
])(
  'a process that is paused twice keeps the order and stands still until both are over: $which',
  async ({ lengths: [first, second] }) => {
    const arrived = await arrivalsAlone({
      pauses: [
        { at: 9.9, length: first },
        { at: 29.9, length: second },
      ],
    })
    expect(arrived.map(({ number }) => number)).toEqual(numbers)
    expect(arrived.filter(({ time }) => time > 10 && time < 69.9)).toEqual([])
  },
)

/** What a process does that is paused from 10 to 60 ms, in that order: messages and timers, by when they are due. */
function doneAfterPause(first: First | undefined): Promise<string[]> {
  return new Promise((resolve) => {
    setImmediate(() => {
      const world = new World(1)
      const network = new Network(1, () => world.time)
      const [sender, receiver] = [world.process('sender'), world.process('receiver')]
      const done: string[] = []
      const arrive = (due: number) => {
        done.push(`message ${due}`)
        receiver.runtime.soon(() => done.push(`turn after message ${due}`))
      }
      const channel = new Channel<number>(network, sender, receiver, () => world.time, arrive)
      sender.runtime.after(10, () => world.pause(receiver, 50, first))
      for (const due of [20, 40, 60.1]) sender.runtime.after(due, () => channel.send(due))
      for (const due of [30, 50]) receiver.runtime.after(due, () => done.push(`timer ${due}`))
      world.run(() => false, 200)
      resolve(done)
    })
  })
}

const messages = (due: readonly number[]) => due.map((each) => `message ${each}`)
const timers = ['timer 30', 'timer 50']

test('a process that stood still does everything in the order of time, or messages or timers first', async () => {
  const withoutTurns = async (first?: First) =>
    (await doneAfterPause(first)).filter((each) => !each.startsWith('turn'))
  expect(await withoutTurns()).toEqual(['message 20', 'timer 30', 'message 40', 'timer 50', 'message 60.1'])
  expect((await withoutTurns('arrivals')).filter((each) => !each.endsWith('60.1'))).toEqual([
    ...messages([20, 40]),
    ...timers,
  ])
  expect(await withoutTurns('timers')).toEqual([...timers, ...messages([20, 40, 60.1])])
})

test('a process that reads first after it stood still works on that before its timers run', async () => {
  const done = await doneAfterPause('arrivals')
  expect(done.indexOf('turn after message 40')).toBeLessThan(done.indexOf('timer 30'))
})

test('messages overtake those of another lane and keep the order of their own', async () => {
  const arrived = (await arrivalsAlone({ isUnordered: true })).map(({ number }) => number)
  expect(arrived).not.toEqual(numbers)
  for (const lane of [0, 1]) {
    const isOfLane = (number: number) => number % 2 === lane
    expect(arrived.filter(isOfLane)).toEqual(numbers.filter(isOfLane))
  }
})

test('some messages arrive twice, one right after the other', async () => {
  const arrived = (await arrivalsAlone({ doubled: 0.3 })).map(({ number }) => number)
  expect(arrived.length).toBeGreaterThan(COUNT)
  expect(arrived.filter((number, at) => number !== arrived[at - 1])).toEqual(numbers)
})

test('a process that waits for a rest of time too short for the clock wakes after it', async () => {
  const world = await new Promise<World>((resolve) => {
    setImmediate(() => {
      const world = new World(1)
      const { runtime } = world.process('waiter')
      const end = 1000
      const wait = () => {
        const rest = end + 1e-13 - runtime.monotonic()
        if (rest > -1 && world.events < 10) runtime.after(Math.max(rest, 1e-14), wait)
      }
      runtime.after(end, wait)
      world.run(() => false, 2000)
      resolve(world)
    })
  })
  expect(world.time).toBeGreaterThan(1000)
})
