import type { Client } from '../../../src/client/index.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import {
  describeFace,
  type FaceHub,
  type FaceItem,
  type FaceOptions,
  type FacePublisher,
  type FaceRequest,
  type FaceSubscriber,
} from '../behaviour.js'
import { eventItem } from '../http/websocket-driver.js'
import { PASSWORD, SysadmClient } from './fixture.js'

/**
 * Clients of SysAdm only read: events are published over the unix socket. There are no records but gaps, and the
 * matrix of access has what each principal may see.
 */
describeFace({
  name: 'class tocsin of SysAdm',
  lacks: ['principals', 'producers', 'requests', 'records'],
  start,
})

const READER = 'reader'

async function start({ busLimits = {}, logBytes, grants = {} }: FaceOptions): Promise<FaceHub> {
  const { queue } = busLimits
  const hub = await startTestHub({
    config: {
      ...(queue !== undefined && { limits: { queue: `${queue}B` } }),
      ...(logBytes !== undefined && { log: { retention: { bytes: `${logBytes}B` } } }),
      principals: { ...(grants as object), [READER]: { see: '*', sysadm: 'limited' } },
      sysadm: { listen: '127.0.0.1:0' },
    },
  })
  await hub.hub.access.passwords.set(READER, PASSWORD)
  return new SysadmFace(hub)
}

class SysadmFace implements FaceHub {
  readonly bus: FaceHub['bus']
  readonly #hub: TestHub
  readonly #publishers: Client[] = []
  readonly #subscribers: SysadmClient[] = []
  #tokens = 0

  constructor(hub: TestHub) {
    this.#hub = hub
    this.bus = withoutOwn(hub.bus)
  }

  async publisher(as: string): Promise<FacePublisher> {
    const name = `${as}-${++this.#tokens}`
    const { token } = await this.#hub.hub.access.tokens.add({ name, principal: as })
    const client = await this.#hub.connect({ token })
    this.#publishers.push(client)
    const publish = async (tag: string, data: unknown) => (await client.publish(tag, data)).cursor ?? ''
    return {
      publish,
      publishAll: async (events) =>
        void (await Promise.all(events.map(({ tag, data }) => publish(tag, data)))),
      drop: () => void client.close(),
    }
  }

  /** The hub reports its own end as an event. */
  async subscriber(_as: string, { filters = ['**', '!hub/'] }: FaceRequest = {}): Promise<FaceSubscriber> {
    const url = this.#hub.hub.listeners.find(({ face }) => face === 'sysadm')?.address ?? ''
    const client = await SysadmClient.open(url)
    this.#subscribers.push(client)
    await client.rpc('auth', { username: READER, password: PASSWORD })
    const args = { classes: ['tocsin'], filter: filters }
    await client.ask(JSON.stringify({ namespace: 'events', name: 'subscribe', id: 's', args }))
    return new SysadmSubscriber(client)
  }

  async close(): Promise<void> {
    // A subscriber that has stopped reading would keep the hub waiting.
    for (const { socket } of this.#subscribers) socket.resume()
    await this.#hub.close()
    for (const client of this.#publishers) await client.close()
  }
}

/** Without the subscriptions with which the face itself looks at events. */
function withoutOwn(bus: FaceHub['bus']): FaceHub['bus'] {
  return new Proxy(bus, {
    get(target, key) {
      if (key === 'subscriptions')
        return [...target.subscriptions].filter(({ label }) => !label?.startsWith('sysadm sysadm/'))
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

class SysadmSubscriber implements FaceSubscriber {
  readonly #client: SysadmClient
  #saidLive = false

  constructor(client: SysadmClient) {
    this.#client = client
  }

  async next(): Promise<FaceItem | undefined> {
    if (!this.#saidLive) {
      this.#saidLive = true
      return { type: 'live', cursor: '' }
    }
    const text = await this.#client.next().catch(() => undefined)
    return text === undefined ? undefined : eventItem(JSON.parse(text).args)
  }

  pause(): void {
    this.#client.socket.pause()
  }

  resume(): void {
    this.#client.socket.resume()
  }

  drop(): void {
    this.#client.close()
  }
}
