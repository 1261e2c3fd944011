import type { Client } from '../../../src/client/index.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import type { XmlElement } from '../../../src/protocols/netconf/codec/xml.js'
import {
  describeFace,
  type FaceHub,
  type FaceItem,
  type FaceOptions,
  type FacePublisher,
  type FaceRequest,
  type FaceSubscriber,
} from '../behaviour.js'
import { createSubscription, NetconfClient } from './fixture.js'

/**
 * Clients of NETCONF only read: events are published over the unix socket. A filter of the suite is a stream of the hub,
 * and a subscription says nothing of its own place.
 */
describeFace({ name: 'NETCONF', lacks: ['cursors', 'producers', 'requests', 'records'], start })

/** The hub's own events, and those of the sessions of this face, are in none of them. */
const streams = [
  ['**', '!hub/', '!netconf/'],
  ['a/*/c'],
  ['a/', '!a/x/*', 'b/c'],
  ['secret/'],
  ['sysadm/dispatcher/x'],
].map((filter, index) => ({ name: `s${index}`, filter }))

function streamFor({ filters = streams[0].filter }: FaceRequest): string {
  const wanted = JSON.stringify([filters].flat())
  return streams.find(({ filter }) => JSON.stringify(filter) === wanted)?.name ?? wanted
}

async function start({ busLimits = {}, logBytes, grants = {} }: FaceOptions): Promise<FaceHub> {
  const { queue } = busLimits
  const hub = await startTestHub({
    config: {
      ...(queue !== undefined && { limits: { queue: `${queue}B` } }),
      ...(logBytes !== undefined && { log: { retention: { bytes: `${logBytes}B` } } }),
      principals: { ...(grants as object) },
      listen: { netconf: '127.0.0.1:0' },
      streams,
    },
  })
  return new NetconfHub(hub)
}

class NetconfHub implements FaceHub {
  readonly bus: FaceHub['bus']
  readonly #hub: TestHub
  readonly #publishers: Client[] = []
  readonly #subscribers: NetconfClient[] = []
  #tokens = 0

  constructor(hub: TestHub) {
    this.#hub = hub
    this.bus = hub.bus
  }

  async #tokenOf(principal: string): Promise<string> {
    const name = `${principal}-${++this.#tokens}`
    return (await this.#hub.hub.access.tokens.add({ name, principal })).token
  }

  async publisher(as: string): Promise<FacePublisher> {
    const client = await this.#hub.connect({ token: await this.#tokenOf(as) })
    this.#publishers.push(client)
    const publish = async (tag: string, data: unknown) => (await client.publish(tag, data)).cursor ?? ''
    return {
      publish,
      publishAll: async (events) =>
        void (await Promise.all(events.map(({ tag, data }) => publish(tag, data)))),
      drop: () => void client.close(),
    }
  }

  async subscriber(as: string, request: FaceRequest = {}): Promise<FaceSubscriber> {
    const client = await NetconfClient.logIn(this.#hub, { user: as, password: await this.#tokenOf(as) })
    this.#subscribers.push(client)
    const start = request.from === 'start' ? '<startTime>1970-01-01T00:00:00Z</startTime>' : ''
    await client.ask(createSubscription(`<stream>${streamFor(request)}</stream>${start}`))
    return new Notifications(client, start === '')
  }

  async close(): Promise<void> {
    // A subscriber that has stopped reading would keep the hub waiting.
    for (const { transport } of this.#subscribers) transport.stream.resume()
    await this.#hub.close()
    for (const client of this.#publishers) await client.close()
  }
}

class Notifications implements FaceSubscriber {
  readonly #client: NetconfClient
  #saysLive: boolean

  constructor(client: NetconfClient, isLive: boolean) {
    this.#client = client
    this.#saysLive = isLive
  }

  async next(): Promise<FaceItem | undefined> {
    if (this.#saysLive) {
      this.#saysLive = false
      return { type: 'live', cursor: '' }
    }
    const received = await this.#client.next()
    if (received === undefined) return undefined
    const { name, attributes } = received.content
    if (name === 'replayComplete') return { type: 'live', cursor: '' }
    const tag = attributes.find((attribute) => attribute.name === 'tag')?.value ?? name
    return { type: 'event', cursor: '', tag, data: dataOf(received.content) }
  }

  pause(): void {
    this.#client.transport.stream.pause()
  }

  resume(): void {
    this.#client.transport.stream.resume()
  }

  drop(): void {
    this.#client.drop()
  }
}

/** The data of the suite, in which everything that looks like a number is one. */
function dataOf({ children, text }: XmlElement): unknown {
  if (children.length > 0) return Object.fromEntries(children.map((each) => [each.name, dataOf(each)]))
  return text !== '' && !Number.isNaN(Number(text)) ? Number(text) : text
}
