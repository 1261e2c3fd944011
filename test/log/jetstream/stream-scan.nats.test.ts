import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { applyRetention } from '../../../src/log/jetstream/stream-retention.js'
import { firstEventAt, storedCounters } from '../../../src/log/jetstream/stream-scan.js'
import { Subjects } from '../../../src/log/jetstream/subjects.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { ReplicaBehind } from '../../helpers/replica-behind.js'
import { append, frameOf, readAll } from '../conformance/tools.js'
import { endless, linkTo, newStream, openLog } from './open-log.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

async function openPrimary(stream = newStream()) {
  const log = await openLog(server.address, { stream, window: 4 })
  onTestFinished(() => log.close())
  await log.lead(endless)
  const publish = async (from: number, to: number) => {
    for (let nth = from; nth <= to; nth++)
      await append(log, [frameOf(`event/${nth}`)], [{ key: 'p', first: nth, last: nth, count: 1 }])
  }
  return { stream, log, publish }
}

/** A log of eight events, of which a server that is behind has three. */
async function logOfEight() {
  const [replica, leader] = [await openPrimary(), await openPrimary()]
  await replica.publish(1, 3)
  await leader.publish(1, 8)
  const link = await linkTo(server.address)
  onTestFinished(() => link.close())
  const api = new ReplicaBehind(link)
  api.replica = replica.stream
  const { last } = leader.log
  const times = (await readAll(leader.log, 1)).map(({ seq, time }) => ({ seq, time }))
  return { target: { link, api, stream: leader.stream }, api, replica, last, times }
}

test('a time is looked for on another server when the one that was asked has nothing yet', async () => {
  const { target, api, last, times } = await logOfEight()
  const sought = firstEventAt(target, times[6].time, last)
  await vi.waitFor(() => expect(api.consumers).toBeGreaterThan(2))
  api.replica = undefined
  expect(await sought).toBe(times[6].seq)
})

test('a time is not found at an event that was removed, though a server that is behind still has it', async () => {
  const { target, last, times } = await logOfEight()
  expect(await firstEventAt(target, 0, last)).toBe(times[0].seq)
  expect(await firstEventAt(target, 0, last, times[1].seq)).toBe(times[1].seq)
})

test('a time after the last event is after it, by the word of the leader', async () => {
  const { target, api, last, times } = await logOfEight()
  expect(await firstEventAt(target, times[7].time + 1, last)).toBe(last + 1)
  expect(api.consumers).toBe(1)
})

test('events are not removed as too old because the server that was asked has none of their age', async () => {
  const { target, api, last, times } = await logOfEight()
  const [now, subjects] = [times[7].time, new Subjects(target.stream)]
  const policy = { age: now - times[3].time }
  const removal = applyRetention(target, policy, { subjects, isOnce: true, now, last })
  await vi.waitFor(() => expect(api.consumers).toBeGreaterThan(2))
  api.replica = undefined
  await removal
  const { state } = await api.info(target.stream)
  expect(state).toMatchObject({ first_seq: times[3].seq, last_seq: last })
})

test('the barrier before the first event stays until an event is too old, so that no reader has a gap without events', async () => {
  const { target, api, last, times } = await logOfEight()
  api.replica = undefined
  const subjects = new Subjects(target.stream)
  const firstAfter = async (age: number) => {
    await applyRetention(target, { age }, { subjects, isOnce: true, now: times[7].time, last })
    return (await api.info(target.stream)).state.first_seq
  }
  expect(times[0].seq).toBeGreaterThan(1)
  expect(await firstAfter(times[7].time - times[0].time)).toBe(1)
  expect(await firstAfter(times[7].time - times[1].time)).toBe(times[1].seq)
})

test('the counters of producers are complete when the server that is read is behind', async () => {
  const { target, replica, last } = await logOfEight()
  const found: number[] = []
  const read = async () => {
    for await (const { producers } of storedCounters(target, 1, last))
      found.push(...producers.map(({ last: counter }) => counter))
  }
  const whole = read()
  await replica.publish(4, 8)
  await whole
  expect(found).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})
