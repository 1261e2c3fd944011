import { expect, test } from 'vitest'
import { HaAnnouncements } from '../../../src/hub/cluster/ha-announcements.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

const DEADLINE = 120_000

/** An observer that lets the hub go on when it is told to. */
function slowObserver() {
  const told: string[] = []
  let goOn: () => void = () => undefined
  const happened = ({ tag }: { tag: string }) => {
    told.push(tag)
    return new Promise<void>((resolve) => {
      goOn = resolve
    })
  }
  return { told, happened, goOn: () => goOn() }
}

function start() {
  const runtime = new FakeRuntime()
  const announcements = new HaAnnouncements(runtime, () => DEADLINE)
  const done: string[] = []
  const announce = (tag: string) =>
    void announcements.announce({ tag, data: {} }).then(() => {
      done.push(tag)
    })
  return { runtime, announcements, done, announce }
}

test('what happens next is announced when everybody has let the hub go on, in order', async () => {
  const { runtime, announcements, done, announce } = start()
  const [one, two] = [slowObserver(), slowObserver()]
  announcements.observe(one)
  announcements.observe(two)
  for (const tag of ['a', 'b']) announce(tag)
  await runtime.settle()
  one.goOn()
  await runtime.settle()
  expect([one.told, two.told, done]).toEqual([['a'], ['a'], []])
  two.goOn()
  await runtime.settle()
  expect([one.told, two.told, done]).toEqual([['a', 'b'], ['a', 'b'], ['a']])
})

test('the hub goes on at the deadline, and nothing is left of the wait', async () => {
  const { runtime, announcements, done, announce } = start()
  const observer = slowObserver()
  announcements.observe(observer)
  for (const tag of ['a', 'b']) announce(tag)
  await runtime.pass(DEADLINE - 1)
  expect(done).toEqual([])
  await runtime.pass(1)
  expect([observer.told, done]).toEqual([['a', 'b'], ['a']])
  observer.goOn()
  await runtime.settle()
  expect(done).toEqual(['a', 'b'])
  expect(runtime.pending).toBe(0)
})

test('nobody is waited for who is gone, who does not want it, or who fails', async () => {
  const { runtime, announcements, done, announce } = start()
  announcements.observe(slowObserver())()
  announcements.observe({ happened: () => undefined })
  announcements.observe({ happened: () => Promise.reject(new Error('late')) })
  announce('a')
  await runtime.settle()
  announcements.observe({
    happened() {
      throw new Error('at once')
    },
  })
  announce('b')
  await runtime.settle()
  expect(done).toEqual(['a', 'b'])
})

test('when too much is to be announced, everything is, in order and without waiting', async () => {
  const { runtime, announcements, done, announce } = start()
  const observer = slowObserver()
  announcements.observe(observer)
  const tags = Array.from({ length: 1001 }, (_, nth) => `${nth}`)
  tags.forEach(announce)
  await runtime.settle()
  expect(observer.told.length).toBeGreaterThan(1)
  while (done.length < tags.length) {
    observer.goOn()
    await Promise.resolve()
  }
  expect(observer.told).toEqual(tags)
})
