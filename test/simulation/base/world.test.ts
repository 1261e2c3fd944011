import './clock.js'
import { expect, test } from 'vitest'
import { Channel, Network } from './network.js'
import { World } from './world.js'

const COUNT = 100

interface Arrival {
  number: number
  time: number
}

/** Sends a number each ms to a process that is paused now and then. */
function arrivals(pauses: readonly { at: number; length: number }[]): Arrival[] {
  const world = new World(1)
  const network = new Network(1, () => world.time)
  const sender = world.process('sender')
  const receiver = world.process('receiver')
  const arrived: Arrival[] = []
  const arrive = (number: number) => void arrived.push({ number, time: world.time })
  const channel = new Channel<number>(network, sender, receiver, () => world.time, arrive)
  for (let number = 0; number < COUNT; number++) sender.runtime.after(number, () => channel.send(number))
  for (const { at, length } of pauses) sender.runtime.after(at, () => world.pause(receiver, length))
  world.run(() => false, 1000)
  return arrived
}

test('a process that is paused once more meanwhile stands still until the later end and keeps the order', async () => {
  // A world settles promises itself, so that it does not run within one.
  const arrived = await new Promise<Arrival[]>((resolve) => {
    setImmediate(() =>
      resolve(
        arrivals([
          { at: 9.9, length: 60 },
          { at: 29.9, length: 10 },
        ]),
      ),
    )
  })
  expect(arrived.map(({ number }) => number)).toEqual(Array.from({ length: COUNT }, (_, number) => number))
  expect(arrived.filter(({ time }) => time > 10 && time < 69.9)).toEqual([])
})
