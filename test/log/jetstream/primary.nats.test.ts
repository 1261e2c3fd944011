import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { JetStreamLog } from '../../../src/log/jetstream/jetstream-log.js'
import type { JetStreamLogOptions } from '../../../src/log/jetstream/log-options.js'
import { HeldProxy } from '../../helpers/held-proxy.js'
import { NatsServer } from '../../helpers/nats-server.js'
import {
  append,
  batchOf,
  frameOf,
  frames,
  readAll,
  sameEvents,
  seqsOf,
  unpack,
} from '../conformance/tools.js'
import { endless, linkTo, newStream, openLog } from './open-log.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

async function opened(
  options: Partial<JetStreamLogOptions> = {},
  address = server.address,
): Promise<JetStreamLog> {
  const log = await openLog(address, { window: 32, ...options })
  onTestFinished(() => log.close())
  return log
}

async function proxied(): Promise<HeldProxy> {
  const proxy = await HeldProxy.start(server.address)
  onTestFinished(() => proxy.stop())
  return proxy
}

/** Appends frames one at a time without waiting, and returns the codes of the results. */
function appendAll(log: JetStreamLog, tags: readonly string[]): Promise<string[]> {
  return Promise.all(
    tags.map(
      (tag) =>
        new Promise<string>((resolve) =>
          log.append(batchOf([frameOf(tag)]), (error) => resolve(error?.code ?? 'stored')),
        ),
    ),
  )
}

function tagsOf(count: number, name: string): string[] {
  return Array.from({ length: count }, (_, at) => `${name}/${at}`)
}

async function storedTags(log: JetStreamLog): Promise<string[]> {
  return (await readAll(log, 1)).map(({ tag }) => tag)
}

describe('hubs that share a log', () => {
  test('a hub that is not the primary reads everything in the same order, and refuses to append', async () => {
    const stream = newStream()
    const [primary, other] = [await opened({ stream }), await opened({ stream })]
    const heard: number[] = []
    other.onStored((batch) => heard.push(...seqsOf(unpack(batch))))
    await primary.lead(endless)
    for (let nth = 0; nth < 20; nth++) await append(primary, frames(20))
    await expect.poll(() => heard.length).toBe(400)
    expect(other.epoch).toBe(primary.epoch)
    sameEvents(await readAll(other, 1), await readAll(primary, 1))
    expect(await appendAll(other, ['mine'])).toEqual(['TCN_LOG_NOT_PRIMARY'])
    expect([primary.term > 0, other.term]).toEqual([true, 0])
  })

  test('the next primary goes on with a higher term, and the one before learns that its own is over', async () => {
    const stream = newStream()
    const [one, other] = [await opened({ stream }), await opened({ stream })]
    const first = await one.lead(endless)
    expect(await appendAll(one, tagsOf(5, 'one'))).toEqual(Array(5).fill('stored'))
    const second = await other.lead(endless)
    expect(second).toBeGreaterThan(first)
    expect(await appendAll(other, tagsOf(5, 'other'))).toEqual(Array(5).fill('stored'))
    const ended = new Promise((resolve) => one.onTermEnd(({ code }) => resolve(code)))
    expect(await appendAll(one, ['late'])).toEqual(['TCN_LOG_TERM_OVER'])
    expect(await ended).toBe('TCN_LOG_TERM_OVER')
    expect(await appendAll(one, ['later'])).toEqual(['TCN_LOG_NOT_PRIMARY'])
    expect(await storedTags(other)).toEqual([...tagsOf(5, 'one'), ...tagsOf(5, 'other')])
  })

  test('nothing is sent any more once the lease has ended', async () => {
    const log = await opened()
    let isHeld = true
    await log.lead({ owner: 'test', isHeld: () => isHeld })
    expect(await appendAll(log, ['a'])).toEqual(['stored'])
    isHeld = false
    expect(await appendAll(log, ['b'])).toEqual(['TCN_LOG_TERM_OVER'])
    await expect(log.lead({ owner: 'test', isHeld: () => false })).rejects.toMatchObject({
      code: 'TCN_LOG_TERM_OVER',
    })
    expect(await storedTags(log)).toEqual(['a'])
  })

  test('the counters of producers are read from the stream, each with its frame', async () => {
    const stream = newStream()
    const log = await opened({ stream })
    await log.lead(endless)
    await append(log, frames(3), [{ key: 'alice/one', first: 4, last: 9, count: 3 }])
    await append(log, frames(1))
    await append(log, frames(1), [{ key: 'bob/ü', first: 1, last: 1, count: 1 }])
    const other = await opened({ stream })
    const found = []
    for await (const { producers } of other.counters(1)) found.push(...producers)
    expect(found.map(({ key, last }) => [key, last])).toEqual([
      ['alice/one', 9],
      ['bob/ü', 1],
    ])
  })

  test('a term that follows one of the same hub is not ended by the end of that one', async () => {
    const log = await opened()
    let ended = 0
    log.onTermEnd(() => void ended++)
    let isHeld = true
    const first = await log.lead({ owner: 'test', isHeld: () => isHeld })
    await append(log, [frameOf('a')])
    isHeld = false
    expect(await log.lead(endless)).toBeGreaterThan(first)
    await append(log, [frameOf('b')])
    expect([ended, await storedTags(log)]).toEqual([0, ['a', 'b']])
  })

  test('reads pass barriers that are longer than what is read at once, in both directions', async () => {
    const stream = newStream()
    const log = await opened({ stream, window: 300 })
    for (const tag of ['a', 'b', 'c']) {
      await log.lead(endless)
      await append(log, [frameOf(tag)])
    }
    const other = await opened({ stream })
    expect(await storedTags(other)).toEqual(['a', 'b', 'c'])
    const backwards = await readAll(other, other.last, { backwards: true })
    expect(backwards.map(({ tag, seq }) => [tag, seq])).toEqual([
      ['c', 903],
      ['b', 602],
      ['a', 301],
    ])
    expect(await readAll(other, 302, { to: 601 })).toEqual([])
    expect(await readAll(other, 601, { to: 302, backwards: true })).toEqual([])
    expect(await other.seek(backwards[1].time)).toBe(602)
  })

  test('an event over the limit of NATS is refused by name, and the others of its batch with it', async () => {
    const log = await opened()
    await log.lead(endless)
    const refused = append(log, [frameOf('a'), frameOf('large', 1024 * 1024)])
    await expect(refused).rejects.toMatchObject({ code: 'TCN_NATS_PAYLOAD', details: { limit: 1024 * 1024 } })
    await append(log, [frameOf('b')])
    expect(await storedTags(log)).toEqual(['b'])
  })

  test('a stream that belongs to something else is refused by name, and not changed', async () => {
    const stream = newStream()
    const link = await linkTo(server.address)
    const config = { name: stream, subjects: [`${stream}.event.>`], storage: 'file', retention: 'limits' }
    await link.request(`$JS.API.STREAM.CREATE.${stream}`, Buffer.from(JSON.stringify(config)), 5000)
    await expect(openLog(server.address, { stream })).rejects.toMatchObject({
      code: 'TCN_NATS_STREAM',
      message: expect.stringContaining(stream),
    })
    await link.close()
  })
})

describe('an earlier primary that still has events on the way', () => {
  /**
   * The old primary has twenty events on the way when a new one takes over. They arrive after the new one has appended
   * five: of the places that they name, five are taken, and the sixth is the next one.
   */
  async function takeOver(fence: boolean) {
    const stream = newStream()
    const proxy = await proxied()
    const [old, next] = [await opened({ stream }, proxy.address), await opened({ stream, fence })]
    await old.lead(endless)
    expect(await appendAll(old, tagsOf(3, 'before'))).toEqual(Array(3).fill('stored'))
    proxy.hold()
    const late = appendAll(old, tagsOf(20, 'late'))
    await expect.poll(() => proxy.heldBytes).toBeGreaterThan(20 * 200)
    await next.lead(endless)
    for (const tag of tagsOf(5, 'next')) expect(await appendAll(next, [tag])).toEqual(['stored'])
    proxy.release()
    expect(new Set(await late)).toEqual(new Set(['TCN_LOG_TERM_OVER']))
    return next
  }

  test('is refused after a barrier', async () => {
    const log = await takeOver(true)
    expect(await appendAll(log, ['after'])).toEqual(['stored'])
    expect(await storedTags(log)).toEqual([...tagsOf(3, 'before'), ...tagsOf(5, 'next'), 'after'])
    expect(log.damage).toEqual([])
  })

  test('slips in without one, which a reader reports', async () => {
    const log = await takeOver(false)
    await expect.poll(() => log.damage.length).toBeGreaterThan(0)
    expect(log.damage[0].reason).toBe('an earlier primary wrote it after a later one')
  })
})

describe('a message of another program among the events of a primary', () => {
  async function publish(subject: string): Promise<void> {
    const link = await linkTo(server.address)
    await link.request(subject, Buffer.from('not of a hub'), 5000)
    await link.close()
  }

  function appendBatch(log: JetStreamLog): Promise<string> {
    return append(log, [frameOf('a'), frameOf('b')]).then(
      () => 'stored',
      ({ code }) => code,
    )
  }

  test('ends the term with the next batch, of which the server takes only the second event', async () => {
    const stream = newStream()
    const log = await opened({ stream })
    await log.lead(endless)
    await publish(`${stream}.event.foreign`)
    await expect.poll(() => log.damage.map(({ reason }) => reason)).toEqual(['it was not written by a hub'])
    expect(await appendBatch(log)).toBe('TCN_LOG_TERM_OVER')
  })

  test('ends the term with events on the way, none of which is acknowledged', async () => {
    const stream = newStream()
    const proxy = await proxied()
    const log = await opened({ stream }, proxy.address)
    await log.lead(endless)
    proxy.hold()
    const late = appendBatch(log)
    await expect.poll(() => proxy.heldBytes).toBeGreaterThan(2 * 200)
    await publish(`${stream}.event.foreign`)
    proxy.release()
    expect(await late).toBe('TCN_LOG_TERM_OVER')
  })
})
