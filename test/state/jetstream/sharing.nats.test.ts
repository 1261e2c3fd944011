import fc from 'fast-check'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import {
  bucketStream,
  bucketSubject,
  decodeKey,
  encodeKey,
} from '../../../src/state/jetstream/bucket-keys.js'
import { openJetStreamState } from '../../../src/state/jetstream/jetstream-state.js'
import type { StateStore } from '../../../src/state/state-store.js'
import { JetStreamApi } from '../../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { NatsFault } from '../../../src/storage/nats/nats-fault.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { HeldProxy } from '../../helpers/held-proxy.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { keysOf, read, text, textOf } from '../conformance/tools.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

const linked = () => NatsLink.open({ runtime: realRuntime, servers: server.address })

async function open(prefix: string, runtime = new FakeRuntime()): Promise<StateStore> {
  const store = await openJetStreamState({ runtime, link: await linked(), prefix })
  onTestFinished(() => store.close())
  return store
}

test('what one hub writes, another reads at once, and its watchers are told', async () => {
  const [one, other] = [(await open('told')).bucket('jobs'), (await open('told')).bucket('jobs')]
  await other.put('before', text('x'))
  const told: string[] = []
  other.watch('', ({ type, key }) => told.push(`${type} ${key}`))
  await one.put('a', text('1'))
  expect(textOf((await other.get('a'))!)).toBe('1')
  await one.delete('a')
  expect(await other.get('a')).toBeUndefined()
  await expect.poll(() => told).toEqual(['put a', 'delete a'])
})

test('of two hubs that count with compareAndSet, each change is kept, whatever else is written', async () => {
  const stores = [await open('count'), await open('count')]
  const count = async (store: StateStore) => {
    const bucket = store.bucket('meta')
    for (let nth = 0; nth < 20; ) {
      const entry = await bucket.get('counter')
      const next = text(String(Number(entry === undefined ? 0 : textOf(entry)) + 1))
      await bucket.put('other', next)
      nth += await bucket.compareAndSet('counter', next, entry?.revision ?? 0).then(
        () => 1,
        (error) => {
          expect(error.code).toBe('TCN_STATE_CONFLICT')
          return 0
        },
      )
    }
  }
  await Promise.all(stores.map(count))
  expect((await read(stores[0].bucket('meta'), 'counter'))?.[0]).toBe('40')
})

test('a revision that never was is a conflict', async () => {
  const bucket = (await open('never')).bucket('meta')
  await expect(bucket.compareAndSet('a', text('x'), 77)).rejects.toMatchObject({ code: 'TCN_STATE_CONFLICT' })
})

test('an expired entry is removed once, whichever hub does it, and one that is written again stays', async () => {
  const runtime = new FakeRuntime()
  const buckets = [await open('expiry', runtime), await open('expiry', runtime)].map((store) =>
    store.bucket('sessions', { timeToLive: 10_000 }),
  )
  await buckets[0].put('old', text('x'))
  await runtime.pass(6000)
  await buckets[1].put('new', text('x'))
  const deleted: string[] = []
  buckets[1].watch('', ({ type, key }) => type === 'delete' && deleted.push(key))
  await runtime.pass(3000)
  await buckets[1].put('new', text('y'))
  await runtime.pass(2000)
  await expect
    .poll(async () => {
      await runtime.pass(50)
      return deleted
    })
    .toEqual(['old'])
  expect(await keysOf(buckets[0])).toEqual(['new'])
})

test('other programs can read and write entries as a key-value bucket of NATS', async () => {
  const bucket = (await open('kv')).bucket('meta')
  await bucket.put('a.b/c d', text('value'))
  const link = await linked()
  const received: string[] = []
  link.subscribe('$KV.kv_meta.>', ({ subject }) => received.push(subject))
  await link.flush()
  await bucket.put('a.b/c d', text('value'))
  link.publish('$KV.kv_meta.theirs', text('hello'))
  await expect.poll(() => received).toEqual(['$KV.kv_meta.a=2Eb/c=20d', '$KV.kv_meta.theirs'])
  expect((await read(bucket, 'theirs'))?.[0]).toBe('hello')
  await link.close()
})

test('a value larger than the messages that NATS takes is refused by name', async () => {
  const bucket = (await open('large')).bucket('meta')
  await expect(bucket.put('a', new Uint8Array(1024 * 1024))).rejects.toMatchObject({
    code: 'TCN_NATS_PAYLOAD',
  })
})

test('writes wait for a server that is started again, and nothing is lost or written twice', async () => {
  const own = await NatsServer.start()
  const link = await NatsLink.open({ runtime: realRuntime, servers: own.address })
  const store = await openJetStreamState({ runtime: new FakeRuntime(), link, prefix: 'restart' })
  const bucket = store.bucket('meta')
  const first = await bucket.put('a', text('1'))
  await own.kill()
  const waiting = Promise.all([bucket.put('b', text('2')), bucket.compareAndSet('a', text('3'), first)])
  await own.start()
  expect((await waiting).sort()).toEqual([2, 3])
  expect(await keysOf(bucket)).toEqual(['a', 'b'])
  expect((await read(bucket, 'a'))?.[0]).toBe('3')
  await store.close()
  await own.stop()
})

test('any key becomes a subject of its own, and comes back from it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (key) => {
      const encoded = encodeKey(key)
      expect(encoded).toMatch(/^[-/_=A-Za-z0-9]+$/)
      expect(decodeKey(encoded)).toBe(Buffer.from(key).toString())
    }),
  )
})

test('a hub that was cut off for longer than deletions are marked learns of each of them, and of what was written', async () => {
  const proxy = await HeldProxy.start(server.address)
  onTestFinished(() => proxy.stop())
  const runtime = new FakeRuntime()
  const link = await NatsLink.open({ runtime: realRuntime, servers: proxy.address })
  const store = await openJetStreamState({ runtime, link, prefix: 'cut' })
  onTestFinished(() => store.close())
  const [one, other] = [(await open('cut')).bucket('principals'), store.bucket('principals')]
  for (const key of ['kept', 'revoked', 'changed']) await one.put(key, text('1'))
  await expect.poll(() => keysOf(other)).toEqual(['changed', 'kept', 'revoked'])
  const told: string[] = []
  other.watch('', ({ type, key }) => told.push(`${type} ${key}`))

  proxy.cut()
  await one.delete('revoked')
  await one.put('changed', text('2'))
  // The mark of the deletion is removed after an hour.
  const direct = await linked()
  onTestFinished(() => direct.close())
  const subject = `${bucketSubject('cut', 'principals')}.${encodeKey('revoked')}`
  await new JetStreamApi(direct).purge(bucketStream('cut', 'principals'), { filter: subject })
  await runtime.pass(2 * 3600 * 1000)
  proxy.mend()
  await expect.poll(() => [...told].sort(), { timeout: 20_000 }).toEqual(['delete revoked', 'put changed'])
  expect(await keysOf(other)).toEqual(['changed', 'kept'])
  await one.put('later', text('1'))
  await expect.poll(() => told, { timeout: 20_000 }).toContain('put later')
})

test('when an operator has deleted the stream of a bucket, its watchers are told that the entries are gone', async () => {
  const bucket = (await open('gone')).bucket('principals')
  await bucket.put('a', text('1'))
  const told: string[] = []
  bucket.watch('', ({ type, key }) => told.push(`${type} ${key}`))
  const direct = await linked()
  onTestFinished(() => direct.close())
  await new JetStreamApi(direct).remove(bucketStream('gone', 'principals'))
  await expect.poll(() => told, { timeout: 20_000 }).toEqual(['delete a'])
})

type Request = NatsLink['request']
type Answer = (ask: () => ReturnType<Request>, subject: string) => ReturnType<Request>

/** A store whose requests are answered so, while NATS is known to be full. */
async function openFull(answer: Answer): Promise<StateStore> {
  const link = await linked()
  const request: Request = (subject, ...rest) => answer(() => link.request(subject, ...rest), subject)
  const store = await openJetStreamState({
    runtime: new FakeRuntime(),
    link: new Proxy(link, {
      get: (target, key) => {
        if (key === 'request') return request
        const value = Reflect.get(target, key, target) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    }),
    prefix: 'full',
    obstacle: () => new TocsinError('TCN_NATS_FULL'),
  })
  onTestFinished(() => store.close())
  return store
}

const silence = () => Promise.reject(new NatsFault('unreachable', 'no answer'))
const isWrite = (subject: string) => subject.startsWith('$KV.')
const notKnown = {
  code: 'TCN_NATS_FULL',
  message: expect.stringContaining('whether the write is stored is not known'),
}

test('a write that is not answered while NATS is known to be full is refused with that reason', async () => {
  const store = await openFull((ask, subject) => (isWrite(subject) ? silence() : ask()))
  await expect(store.bucket('jobs').put('a', text('1'))).rejects.toMatchObject(notKnown)
})

test('while NATS is known to be full and answers nothing, reads and writes are refused with that reason', async () => {
  let isSilent = false
  const bucket = (await openFull((ask) => (isSilent ? silence() : ask()))).bucket('views')
  const stored = await bucket.put('a', text('1'))
  isSilent = true
  await expect(bucket.put('a', text('2'))).rejects.toMatchObject(notKnown)
  await expect(bucket.compareAndSet('a', text('2'), stored)).rejects.toMatchObject(notKnown)
  await expect(bucket.delete('a')).rejects.toMatchObject({ code: 'TCN_NATS_FULL' })
  await expect(bucket.get('a')).rejects.toMatchObject({ code: 'TCN_NATS_FULL' })
})

test('a write that was stored and not answered counts as stored, also while NATS is known to be full', async () => {
  const store = await openFull((ask, subject) => (isWrite(subject) ? ask().then(silence) : ask()))
  const bucket = store.bucket('requests')
  await bucket.put('a', text('1'))
  expect((await read(bucket, 'a'))?.[0]).toBe('1')
})
