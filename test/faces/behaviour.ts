import { afterEach, describe, expect, it } from 'vitest'
import type {
  Ability,
  FaceDriver,
  FaceHub,
  FaceItem,
  FaceOptions,
  FacePublisher,
  FaceRequest,
  FaceSubscriber,
} from './face-driver.js'

export type * from './face-driver.js'

/** Replaces `it` for abilities that a face lacks: defines no test. */
const notHere = Object.assign(() => {}, { each: () => () => {} }) as unknown as typeof it

/**
 * Defines tests of the guarantees that every face gives to publishers and subscribers, whatever its encoding.
 * A face provides a driver, and its own test file calls `describeFace(driver)`.
 */
export function describeFace(driver: FaceDriver): void {
  describe(`the face ${driver.name}`, () => {
    let hub: FaceHub
    const lacks = (...abilities: Ability[]) =>
      abilities.some((ability) => driver.lacks?.includes(ability) === true)
    const itIf = (...abilities: Ability[]) => (lacks(...abilities) ? notHere : it)
    const start = async (options: FaceOptions = {}) => {
      hub = await driver.start(options)
    }
    afterEach(() => hub.close())

    const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)
    const numbered = (count: number, tag = 'n', first = 0) =>
      upTo(count).map((n) => ({ tag, data: { n: first + n } }))

    /** Reads `count` events. Throws on any other record. */
    async function events(subscriber: FaceSubscriber, count: number): Promise<unknown[]> {
      const seen: unknown[] = []
      while (seen.length < count) {
        const item = await subscriber.next()
        if (item?.type !== 'event') throw new Error(`an event was expected, ${JSON.stringify(item)} came`)
        seen.push(item.data)
      }
      return seen
    }

    async function skipTo<T extends FaceItem['type']>(
      subscriber: FaceSubscriber,
      type: T,
    ): Promise<Extract<FaceItem, { type: T }>> {
      for (;;) {
        const item = await subscriber.next()
        if (item === undefined) throw new Error(`${type} was expected, the connection closed`)
        if (item.type === type) return item as Extract<FaceItem, { type: T }>
      }
    }

    async function live(as: string, request: FaceRequest = {}): Promise<FaceSubscriber> {
      const subscriber = await hub.subscriber(as, request)
      await skipTo(subscriber, 'live')
      return subscriber
    }

    describe('publishing', () => {
      it('delivers the event unchanged to live subscribers', async () => {
        await start()
        const subscriber = await live('admin')
        await (await hub.publisher('admin')).publish('a/b', { x: 1 })
        expect(await subscriber.next()).toMatchObject({ type: 'event', tag: 'a/b', data: { x: 1 } })
      })

      itIf('cursors')('is acknowledged with the cursor of the event', async () => {
        await start()
        const publisher = await hub.publisher('admin')
        const subscriber = await live('admin')
        const cursor = await publisher.publish('a/b', { x: 1 })
        expect(await subscriber.next()).toEqual({ type: 'event', cursor, tag: 'a/b', data: { x: 1 } })
      })

      it('keeps the order of each publisher, and shows all readers the same order', async () => {
        await start()
        const readers = [await live('admin'), await live('admin')]
        const publishers = await Promise.all(upTo(3).map(() => hub.publisher('admin')))
        await Promise.all(publishers.map((publisher, p) => publisher.publishAll(numbered(300, `p${p}`))))
        const [one, two] = await Promise.all(
          readers.map(async (reader) => {
            const items: FaceItem[] = []
            while (items.length < 900) items.push((await reader.next()) as FaceItem)
            return items
          }),
        )
        expect(one).toEqual(two)
        for (const p of upTo(3)) {
          const own = one.flatMap((item) =>
            item.type === 'event' && item.tag === `p${p}` ? [item.data] : [],
          )
          expect(own).toEqual(upTo(300).map((n) => ({ n })))
        }
      })

      itIf('principals')('refuses with a code what its principal may not publish', async () => {
        await start({ grants: { low: { publish: ['a/'], source: 'low' } } })
        const publisher = await hub.publisher('low')
        await expect(publisher.publish('b/1', 1)).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
        await publisher.publish('a/1', 1)
        expect(hub.bus.log.last).toBe(1)
      })

      it('refuses a tag that is too long with a code, and accepts the next event', async () => {
        await start({ grants: { low: { publish: ['a/'], source: 'low' } } })
        const publisher = await hub.publisher('low')
        await expect(publisher.publish('a/'.padEnd(65_001, 'x'), 1)).rejects.toMatchObject({
          code: expect.stringMatching(/^TCN_(TAG_TOO_LONG|CLOUDEVENT_INVALID)$/),
        })
        await publisher.publish('a/1', 1)
        expect(hub.bus.log.last).toBe(1)
      })

      itIf('producers')(
        'of the same producer continues after a broken connection without duplicates',
        async () => {
          await start()
          const first = await hub.publisher('admin', { producer: 'p' })
          await first.publishAll(numbered(10))
          first.drop()
          const second = await hub.publisher('admin', { producer: 'p' })
          await second.publishAll(numbered(10, 'n', 10))
          const reader = await hub.subscriber('admin', { from: 'start' })
          expect(await events(reader, 20)).toEqual(upTo(20).map((n) => ({ n })))
          expect(hub.bus.log.last).toBe(20)
        },
      )
    })

    describe('subscribing', () => {
      it('delivers matching events and nothing else', async () => {
        await start()
        const publisher = await hub.publisher('admin')
        const glob = await live('admin', { filters: 'a/*/c' })
        const several = await live('admin', { filters: ['a/', '!a/x/*', 'b/c'] })
        const tags = ['a/b/c', 'a/x/c', 'b/c/1', 'c', 'a/b']
        for (const tag of tags) await publisher.publish(tag, { n: 1 })
        const tagsOf = async (subscriber: FaceSubscriber, count: number) => {
          const seen: string[] = []
          while (seen.length < count) seen.push((await skipTo(subscriber, 'event')).tag)
          return seen
        }
        expect(await tagsOf(glob, 2)).toEqual(['a/b/c', 'a/x/c'])
        expect(await tagsOf(several, 3)).toEqual(['a/b/c', 'b/c/1', 'a/b'])
      })

      itIf('requests')('with a JSON filter delivers matching events and nothing else', async () => {
        await start()
        const publisher = await hub.publisher('admin')
        const json = await live('admin', { filters: { exact: { 'data.n': 7 } } })
        await publisher.publish('y', { n: 1 })
        await publisher.publish('z', { n: 7 })
        expect(await json.next()).toMatchObject({ type: 'event', tag: 'z' })
      })

      itIf('requests')(
        'from the start replays, reports live, and continues without holes or duplicates',
        async () => {
          await start()
          const publisher = await hub.publisher('admin')
          await publisher.publishAll(numbered(2000))
          const reader = await hub.subscriber('admin', { filters: 'n', from: 'start' })
          const publishing = publisher.publishAll(numbered(2000, 'n', 2000))
          const seen: unknown[] = []
          let lives = 0
          while (seen.length < 4000) {
            const item = await reader.next()
            if (item?.type === 'event') seen.push(item.data)
            else if (item?.type === 'live') lives++
          }
          await publishing
          expect(seen).toEqual(upTo(4000).map((n) => ({ n })))
          expect(lives).toBeLessThanOrEqual(1)
        },
      )

      itIf('requests')('from a cursor continues after it', async () => {
        await start()
        const publisher = await hub.publisher('admin')
        await publisher.publishAll(numbered(10))
        const first = await hub.subscriber('admin', { from: 'start' })
        await events(first, 3)
        const item = (await first.next()) as Extract<FaceItem, { type: 'event' }>
        first.drop()
        const second = await hub.subscriber('admin', { from: item.cursor })
        expect(await events(second, 6)).toEqual([4, 5, 6, 7, 8, 9].map((n) => ({ n })))
      })

      itIf('requests')('to the end ends there', async () => {
        await start()
        await (await hub.publisher('admin')).publishAll(numbered(5))
        const reader = await hub.subscriber('admin', { from: 'start', to: 'end' })
        expect(await events(reader, 5)).toEqual(upTo(5).map((n) => ({ n })))
        expect(await reader.next()).toEqual({ type: 'end', code: 'END' })
      })

      itIf('requests').each([
        ['another log', '0therepoch000-3', 'unknown-epoch'],
        ['the future', 'EPOCH-99', 'ahead'],
      ])('from a cursor of %s reports one gap and continues', async (_, from, reason) => {
        await start()
        const publisher = await hub.publisher('admin')
        await publisher.publishAll(numbered(5))
        const reader = await hub.subscriber('admin', { from: from.replace('EPOCH', hub.bus.epoch) })
        expect(await reader.next()).toMatchObject({ type: 'gap', reason, cursor: `${hub.bus.epoch}-5` })
        expect(await reader.next()).toMatchObject({ type: 'live' })
        await publisher.publish('n', 6)
        expect(await reader.next()).toMatchObject({ type: 'event', data: 6 })
      })

      itIf('requests')(
        'from a cursor that has expired reports which events are missing, and continues with the oldest',
        async () => {
          await start({ logBytes: 1024 * 1024 })
          const publisher = await hub.publisher('admin')
          const cursor = await publisher.publish('n', 0)
          const large = new Uint8Array(100_000)
          for (let n = 1; n <= 40; n++) await publisher.publish('n', { n, large })
          const { first } = hub.bus.log
          expect(first).toBeGreaterThan(2)
          const reader = await hub.subscriber('admin', { from: cursor })
          expect(await reader.next()).toMatchObject({
            type: 'gap',
            reason: 'expired',
            from: 2,
            to: first - 1,
          })
          expect(await reader.next()).toMatchObject({ type: 'event', cursor: `${hub.bus.epoch}-${first}` })
        },
      )

      itIf('requests').each([
        ['a filter', { filters: { sql: 'x =' } }, 'TCN_FILTER_SYNTAX'],
        ['a pattern', { filters: 'x'.repeat(257) }, 'TCN_FILTER_PATTERN_TOO_LONG'],
        ['a position', { from: 'sometime' }, 'TCN_RANGE_INVALID'],
      ])('with %s that is invalid is refused with a code', async (_, request, code) => {
        await start()
        const refused = hub.subscriber('admin', request).then(async (subscriber) => {
          const item = await skipTo(subscriber, 'end')
          throw Object.assign(new Error(), item)
        })
        await expect(refused).rejects.toMatchObject({ code })
      })
    })

    describe('rights', () => {
      itIf('principals')('are applied to live and replayed events alike', async () => {
        await start({ grants: { eye: { see: ['open/'] } } })
        const publisher = await hub.publisher('admin')
        const mixed = (first: number) =>
          upTo(20).map((n) => ({ tag: n % 2 === 0 ? 'open/' : 'secret/', data: first + n }))
        await publisher.publishAll(mixed(0))
        const eye = await hub.subscriber('eye', { from: 'start' })
        expect(await events(eye, 10)).toEqual(upTo(10).map((n) => n * 2))
        await skipTo(eye, 'live')
        await publisher.publishAll(mixed(20))
        expect(await events(eye, 10)).toEqual(upTo(10).map((n) => 20 + n * 2))
        const prying = await live('eye', { filters: 'secret/' })
        await publisher.publish('secret/', 1)
        await publisher.publish('open/', 'end')
        expect(await events(eye, 1)).toEqual(['end'])
        prying.drop()
      })

      itIf('principals')('to see everything do not include the jobs of others', async () => {
        const grant = { see: '*', monitor: true } as const
        await start({ grants: { ann: { ...grant, run: '*' }, eye: grant } })
        const publish = (data: number, owner?: string, source = 'hub/one') =>
          hub.bus.emit({ tag: 'sysadm/dispatcher/x', source, data, attributes: owner ? { owner } : {} })
        const publishAll = (first: number) => {
          publish(first, 'ann')
          publish(first + 1, 'eye')
          publish(first + 2)
          publish(first + 3, undefined, 'sysadm/other')
        }
        publishAll(0)
        const seen = { ann: [0, 3], eye: [3], admin: [0, 1, 2, 3] }
        const readers: { reader: FaceSubscriber; numbers: number[] }[] = []
        for (const [as, numbers] of Object.entries(seen)) {
          for (const filters of [undefined, 'sysadm/dispatcher/x']) {
            const reader = await hub.subscriber(as, { from: 'start', ...(filters && { filters }) })
            expect(await events(reader, numbers.length)).toEqual(numbers)
            await skipTo(reader, 'live')
            readers.push({ reader, numbers })
          }
        }
        publishAll(10)
        for (const { reader, numbers } of readers)
          expect(await events(reader, numbers.length)).toEqual(numbers.map((n) => 10 + n))
      })

      it('do not include publishing under the tags of the hub', async () => {
        await start({ grants: { low: { publish: '*', source: 'low' } } })
        const publisher = await hub.publisher('low')
        await expect(publisher.publish('hub/gap/x', 1)).rejects.toMatchObject({ code: 'TCN_TAG_RESERVED' })
      })
    })

    if (driver.reads === 'pages') return

    describe('a subscriber that does not read', () => {
      const large = 'x'.repeat(2000)
      const bulk = (count: number, first = 0) =>
        upTo(count).map((n) => ({ tag: 'n', data: { n: first + n, large } }))
      const numberOf = (item: FaceItem | undefined) =>
        item?.type === 'event' ? (item.data as { n: number }).n : undefined

      async function publishMuch(publisher: FacePublisher, blocks: number): Promise<void> {
        for (let block = 0; block < blocks; block++) await publisher.publishAll(bulk(100, block * 100))
      }

      it('catches up later and loses nothing, and no other subscriber waits for it', async () => {
        await start({ busLimits: { queue: 128 * 1024 } })
        const slow = await live('admin')
        const quick = await live('admin')
        slow.pause()
        const publisher = await hub.publisher('admin')
        await publishMuch(publisher, 30)
        for (let n = 0; n < 3000; n++) expect(numberOf(await skipTo(quick, 'event'))).toBe(n)
        slow.resume()
        for (let n = 0; n < 3000; n++) expect(numberOf(await skipTo(slow, 'event'))).toBe(n)
        if (!lacks('records')) await skipTo(slow, 'live')
        await publisher.publish('n', { n: 3000 })
        expect(numberOf(await skipTo(slow, 'event'))).toBe(3000)
      })

      itIf('requests', 'records')('with the policy skip misses events and receives gaps', async () => {
        await start({ busLimits: { queue: 128 * 1024 } })
        const slow = await live('admin', { lag: 'skip' })
        slow.pause()
        await publishMuch(await hub.publisher('admin'), 30)
        slow.resume()
        let next = 0
        let gaps = 0
        for (;;) {
          const item = await slow.next()
          if (item?.type === 'gap') {
            gaps++
            expect(item).toMatchObject({ reason: 'skipped', from: next + 1 })
            next = item.to
          } else if (item?.type === 'live') break
          else expect(numberOf(item)).toBe(next++)
        }
        expect(gaps).toBeGreaterThan(0)
        expect(next).toBe(3000)
      })

      itIf('requests', 'records')('with the policy disconnect is closed with the reason', async () => {
        await start({ busLimits: { queue: 128 * 1024 } })
        const slow = await live('admin', { lag: 'disconnect' })
        slow.pause()
        await publishMuch(await hub.publisher('admin'), 30)
        slow.resume()
        expect(await skipTo(slow, 'end')).toEqual({ type: 'end', code: 'TCN_BUS_LAG' })
      })

      it('that disconnects leaves nothing behind', async () => {
        await start({ busLimits: { queue: 128 * 1024 } })
        const slow = await live('admin')
        slow.pause()
        const publisher = await hub.publisher('admin')
        await publishMuch(publisher, 10)
        slow.drop()
        while ([...hub.bus.subscriptions].length > 0) await new Promise((go) => setImmediate(go))
        await publisher.publish('n', 1)
      })
    })

    it('notifies all clients when the hub stops', async () => {
      await start()
      const reader = await live('admin')
      const publisher = await hub.publisher('admin')
      await publisher.publish('n', 1)
      const closing = hub.close()
      expect(await events(reader, 1)).toEqual([1])
      if (lacks('records')) expect(await reader.next()).toBeUndefined()
      else expect(await skipTo(reader, 'end')).toMatchObject({ code: 'STOP' })
      await closing
    })
  })
}
