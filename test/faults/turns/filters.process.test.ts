import { afterAll, beforeAll, expect, it } from 'vitest'
import { AttackedHub } from './attacked-hub.js'
import { holdsNobodyUp } from './expect-short-turns.js'

/** Filters hold nobody up, whatever they look for in whichever event. */

let hub: AttackedHub
beforeAll(async () => {
  hub = await AttackedHub.start()
})
afterAll(() => hub[Symbol.asyncDispose]())

const SUBSCRIBERS = 5
const FIELDS = 60
const EVENTS = 3
const END = 'load/fields/end'

const keys = Array.from({ length: 200_000 }, (_, nth) => [`key${nth}`, nth])
const body = Object.fromEntries(keys)

/** Looks for fields that no event has, until the last event. Calls `live` when it has read what is stored. */
async function search(subscriber: number, live: () => void): Promise<void> {
  const none = Array.from({ length: FIELDS }, (_, nth) => ({
    exact: { [`data.none${subscriber}of${nth}`]: 1 },
  }))
  for await (const item of hub.client.subscribe({ any: [...none, { exact: { tag: END } }] })) {
    if ('tag' in item) return expect(item.tag).toBe(END)
    if (item.status === 'live') live()
  }
}

it('fields that long events of many keys do not have', () =>
  holdsNobodyUp(hub, async () => {
    const searches: Promise<void>[] = []
    for (let nth = 0; nth < SUBSCRIBERS; nth++)
      await new Promise<void>((resolve) => searches.push(search(nth, resolve)))
    for (let nth = 0; nth < EVENTS; nth++) await hub.client.publish('load/fields', body)
    await hub.client.publish(END, null)
    await Promise.all(searches)
  }))
