import { expect, onTestFinished, test } from 'vitest'
import { Election, type ElectionOptions } from '../../src/cluster/election.js'
import type { LeaseBucket } from '../../src/cluster/lease-bucket.js'
import type { Lease } from '../../src/log/jetstream/log-options.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { FakeLeaseBucket } from './fake-lease-bucket.js'

interface Candidate {
  /** Keeps it from writing. */
  stall(): void
  election: Election
  leases: Lease[]
  /** Whether it acts as the primary. */
  readonly holds: boolean
  lost: number
}

function candidate(
  runtime: FakeRuntime,
  shared: FakeLeaseBucket,
  id: string,
  options: Partial<ElectionOptions> = {},
): Candidate {
  const leases: Lease[] = []
  let isStalled = false
  const bucket: LeaseBucket = {
    read: () => (isStalled ? never() : shared.read()),
    write: (...given) => (isStalled ? never() : shared.write(...given)),
    remove: (...given) => (isStalled ? never() : shared.remove(...given)),
  }
  const result = {
    election: new Election({
      runtime,
      bucket,
      self: { id, name: id },
      won: (lease) => void leases.push(lease),
      lost: () => void result.lost++,
      seen: () => undefined,
      ...options,
    }),
    leases,
    stall: () => {
      isStalled = true
    },
    get holds() {
      return leases.some(({ isHeld }) => isHeld())
    },
    lost: 0,
  }
  onTestFinished(() => void result.election.stop())
  result.election.start()
  return result
}

function never<Result>(): Promise<Result> {
  return Promise.reject(new Error('timeout'))
}

function alone(): { runtime: FakeRuntime; bucket: FakeLeaseBucket; hub: Candidate } {
  const runtime = new FakeRuntime()
  const bucket = new FakeLeaseBucket(runtime)
  return { runtime, bucket, hub: candidate(runtime, bucket, 'a') }
}

test('a winner renews its record before it acts', async () => {
  const { runtime, bucket, hub } = alone()
  bucket.delay = 200
  await runtime.pass(300)
  expect([bucket.record?.id, hub.holds]).toEqual(['a', false])
  await runtime.pass(200)
  expect([bucket.revision, hub.holds]).toEqual([2, true])
})

test('a candidate whose record was replaced before it could renew it has not won', async () => {
  const { runtime, bucket, hub } = alone()
  bucket.delay = 200
  await runtime.pass(100)
  bucket.record = { id: 'b', name: 'b', term: 0 }
  bucket.revision++
  await runtime.pass(3000)
  expect(hub.leases).toEqual([])
})

test('a record that nobody renews counts as gone, although the server keeps it', async () => {
  const { runtime, bucket, hub } = alone()
  hub.election.stepDown(0)
  bucket.ttl = Number.POSITIVE_INFINITY
  await bucket.write({ id: 'b', name: 'b', term: 3 }, bucket.revision)
  bucket.ttl = 6000
  await runtime.pass(5000)
  expect(hub.holds).toBe(false)
  await runtime.pass(4000)
  expect(hub.holds).toBe(true)
})

test('the lease of a holder that is not connected is taken over once a renewal is missing, and not before', async () => {
  const runtime = new FakeRuntime()
  const bucket = new FakeLeaseBucket(runtime)
  const first = candidate(runtime, bucket, 'a')
  await runtime.pass(1000)
  const second = candidate(runtime, bucket, 'b', { isAbsent: async () => true })
  await runtime.pass(5000)
  expect([first.holds, second.holds]).toEqual([true, false])
  // Neither renewals nor the end of its lease reach anybody.
  first.stall()
  await runtime.pass(2500)
  expect(second.holds).toBe(true)
})

test('the lease of a holder that may be cut off with its server is not taken over before it ends', async () => {
  const runtime = new FakeRuntime()
  const bucket = new FakeLeaseBucket(runtime)
  bucket.isWhole = false
  const first = candidate(runtime, bucket, 'a')
  await runtime.pass(1000)
  const second = candidate(runtime, bucket, 'b', { isAbsent: async () => true })
  await runtime.pass(3000)
  first.stall()
  await runtime.pass(3500)
  expect(second.holds).toBe(false)
  await runtime.pass(5000)
  expect(second.holds).toBe(true)
})

test('of several candidates one holds the lease, and keeps it', async () => {
  const runtime = new FakeRuntime()
  const bucket = new FakeLeaseBucket(runtime)
  const hubs = ['a', 'b', 'c'].map((id) => candidate(runtime, bucket, id))
  for (let at = 0; at < 120; at++) {
    await runtime.pass(500)
    expect(hubs.filter(({ holds }) => holds).length).toBeLessThanOrEqual(1)
  }
  expect(hubs.flatMap(({ leases }) => leases)).toHaveLength(1)
})

test('a lease lasts for the time to live less 15 %, from before its renewal was sent', async () => {
  const { runtime, bucket, hub } = alone()
  bucket.delay = 300
  await runtime.pass(4000)
  expect(hub.holds).toBe(true)
  bucket.answers = 'none'
  // The last renewal was sent at most one interval ago.
  await runtime.pass(6000 * 0.85 - 1200 - 300 - 250)
  expect(hub.holds).toBe(true)
  await runtime.pass(1200 + 300 + 250)
  expect(hub.holds).toBe(false)
  await runtime.pass(500)
  expect(hub.lost).toBe(1)
})

test('a hub that stood still finds its lease expired at its first look', async () => {
  const { runtime, hub } = alone()
  await runtime.pass(3000)
  expect(hub.holds).toBe(true)
  // Nothing runs meanwhile, as after SIGSTOP.
  runtime.monotonic = () => 3000 + 5200
  expect(hub.holds).toBe(false)
})

test('a renewal without an answer that was stored does not depose the holder', async () => {
  const { runtime, bucket, hub } = alone()
  await runtime.pass(3000)
  bucket.answers = 'lost'
  await runtime.pass(1500)
  bucket.answers = 'all'
  await runtime.pass(20_000)
  expect(hub.holds).toBe(true)
  expect(hub.lost).toBe(0)
})

test('a holder that finds the record of another steps down', async () => {
  const { runtime, bucket, hub } = alone()
  await runtime.pass(3000)
  await bucket.write({ id: 'b', name: 'b', term: 0 }, bucket.revision)
  await runtime.pass(2100)
  expect(hub.holds).toBe(false)
  expect(hub.lost).toBe(1)
})

test('a lease that is over never holds again, although the hub wins another one', async () => {
  const { runtime, hub } = alone()
  await runtime.pass(3000)
  hub.election.stepDown(0)
  await runtime.pass(10_000)
  expect(hub.leases.map(({ isHeld }) => isHeld())).toEqual([false, true])
})

test('a lease that was found over stays so, although a late answer says that it was renewed', async () => {
  const { runtime, bucket, hub } = alone()
  await runtime.pass(3000)
  const [lease] = hub.leases
  // The renewal before it lasts for 3.9 s more.
  bucket.delay = 4500
  await runtime.pass(6000)
  bucket.delay = 0
  await runtime.pass(4000)
  expect([lease.isHeld(), hub.lost, hub.leases.length, hub.holds]).toEqual([false, 1, 2, true])
})

test('a hub that steps down frees the lease at once, and another one wins it', async () => {
  const runtime = new FakeRuntime()
  const bucket = new FakeLeaseBucket(runtime)
  const first = candidate(runtime, bucket, 'a')
  await runtime.pass(3000)
  const second = candidate(runtime, bucket, 'b')
  await runtime.pass(100)
  first.election.stepDown()
  await runtime.settle()
  expect(bucket.record).toBeUndefined()
  second.election.look()
  await runtime.pass(2500)
  expect([first.holds, second.holds]).toEqual([false, true])
})

test('a lease that comes free while a hub asks for its holder is won at once, however that is answered', async () => {
  for (const isGone of [true, undefined]) {
    const runtime = new FakeRuntime()
    const bucket = new FakeLeaseBucket(runtime)
    const first = candidate(runtime, bucket, 'a')
    await runtime.pass(3000)
    const asked: ((isAbsent: boolean) => void)[] = []
    const isAbsent = () => new Promise<boolean>((resolve) => void asked.push(resolve))
    const second = candidate(runtime, bucket, 'b', { isAbsent })
    await runtime.pass(600)
    expect([asked.length, first.holds]).toEqual([1, true])
    first.election.stepDown()
    await runtime.settle()
    second.election.look()
    if (isGone) asked[0](true)
    await runtime.pass(1)
    expect([first.holds, second.holds]).toEqual([false, true])
  }
})

test('a lease that comes free while a hub looks at the bucket is won after that look', async () => {
  const runtime = new FakeRuntime()
  const bucket = new FakeLeaseBucket(runtime)
  const first = candidate(runtime, bucket, 'a')
  await runtime.pass(3000)
  bucket.delay = 10
  const second = candidate(runtime, bucket, 'b')
  await runtime.settle()
  first.election.stepDown()
  await runtime.settle()
  second.election.look()
  // Two looks, the record, and its renewal.
  await runtime.pass(40)
  expect([first.holds, second.holds]).toEqual([false, true])
})

test('a hub that stops does not wait for the answer of the holder', async () => {
  const { runtime, bucket } = alone()
  await runtime.pass(3000)
  const asks: number[] = []
  const second = candidate(runtime, bucket, 'b', {
    isAbsent: () => {
      asks.push(runtime.monotonic())
      return new Promise(() => undefined)
    },
  })
  await runtime.pass(600)
  expect(asks).toHaveLength(1)
  const stopped = second.election.stop()
  await runtime.settle()
  await stopped
})

test('a hub that stops gives its lease back', async () => {
  const { runtime, bucket, hub } = alone()
  await runtime.pass(3000)
  const stopped = hub.election.stop()
  await runtime.settle()
  await stopped
  expect(bucket.record).toBeUndefined()
  expect(hub.holds).toBe(false)
})

test('a hub without room for its record says so, as a candidate and as the holder, until there is room', async () => {
  const { runtime, bucket, hub } = alone()
  bucket.isFull = true
  await runtime.pass(20_000)
  expect([hub.election.fault?.code, hub.leases.length]).toEqual(['TCN_NATS_FULL', 0])
  bucket.isFull = false
  await runtime.pass(10_000)
  expect([hub.election.fault, hub.holds]).toEqual([undefined, true])
  bucket.isFull = true
  await runtime.pass(3000)
  expect([hub.election.fault?.code, hub.holds]).toEqual(['TCN_NATS_FULL', true])
  await runtime.pass(10_000)
  expect([hub.election.fault?.code, hub.holds]).toEqual(['TCN_NATS_FULL', false])
})
