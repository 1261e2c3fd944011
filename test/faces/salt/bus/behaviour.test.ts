import { join } from 'node:path'
import { type ErrorCode, TocsinError } from '../../../../src/errors/tocsin-error.js'
import { iterateFrames } from '../../../../src/event/event.js'
import { startTestHub, type TestHub } from '../../../../src/hub/testing.js'
import { masterSockets } from '../../../../src/protocols/salt/codec/sockets.js'
import { concat } from '../../../event/bytes.js'
import { droppedOnSalt, openSalt } from '../../../helpers/open-face.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import {
  describeFace,
  type FaceHub,
  type FaceItem,
  type FaceOptions,
  type FacePublisher,
  type FaceRequest,
  type FaceSubscriber,
} from '../../behaviour.js'
import { saltFrame } from './fixture.js'
import { dial, RawSubscriber, write } from './raw-salt.js'

/** There is no handshake: peers neither identify themselves nor send a request, and receive no answer. */
describeFace({
  name: 'sockets of Salt',
  lacks: ['cursors', 'principals', 'producers', 'requests', 'records'],
  start,
})

async function start({ busLimits = {}, logBytes }: FaceOptions): Promise<FaceHub> {
  const { queue } = busLimits
  const hub = await startTestHub({
    config: {
      ...(queue !== undefined && { limits: { queue: `${queue}B` } }),
      ...(logBytes !== undefined && { log: { retention: { bytes: `${logBytes}B` } } }),
    },
  })
  const face = new SaltFace(hub)
  await face.listen('master')
  return face
}

/** The bus `master`, and for each filter another bus that shows the matching events. */
class SaltFace implements FaceHub {
  readonly bus: FaceHub['bus']
  readonly #hub: TestHub
  readonly #folder = temporaryFolder('salt')
  readonly #subscribers: RawSubscriber[] = []
  #written = 0
  #stored = 0

  constructor(hub: TestHub) {
    this.#hub = hub
    this.bus = hub.bus
    hub.hub.bus.log.onStored(({ bytes }) => {
      for (const { source } of iterateFrames(bytes)) if (source.startsWith('salt/')) this.#stored++
    })
  }

  async listen(bus: string, show: string[] = []): Promise<void> {
    await openSalt(this.#hub, { bus, sockDir: join(this.#folder, bus), show })
  }

  async publisher(): Promise<FacePublisher> {
    const socket = await dial(this.#sockets('master').pull)
    const publishAll = async (events: { tag: string; data: unknown }[]) => {
      this.#written += events.length
      await write(socket, concat(...events.map(({ tag, data }) => saltFrame(tag, data))))
      await this.#settled()
    }
    return {
      publishAll,
      publish: async (tag, data) => {
        const before = this.#dropped
        await publishAll([{ tag, data }])
        const dropped = this.#dropped.find(({ code }) => !before.some((known) => known.code === code))
        if (dropped !== undefined) throw new TocsinError(dropped.code as ErrorCode)
        return ''
      },
      drop: () => socket.destroy(),
    }
  }

  async subscriber(_as: string, { filters }: FaceRequest = {}): Promise<FaceSubscriber> {
    const bus = filters === undefined ? 'master' : `shows-${this.#subscribers.length}`
    if (filters !== undefined) await this.listen(bus, [filters].flat() as string[])
    const before = [...this.bus.subscriptions].length
    const raw = await RawSubscriber.open(this.#sockets(bus).pub)
    this.#subscribers.push(raw)
    while ([...this.bus.subscriptions].length === before) await turn()
    return new SaltSubscriber(raw)
  }

  async close(): Promise<void> {
    // A subscriber that has stopped reading would keep the hub waiting.
    for (const { socket } of this.#subscribers) socket.resume()
    await this.#hub.close()
  }

  #sockets(bus: string) {
    return masterSockets(join(this.#folder, bus))
  }

  get #dropped() {
    return droppedOnSalt(this.#hub)
  }

  /** Waits until everything written so far is stored or dropped. */
  async #settled(): Promise<void> {
    const written = this.#written
    const dropped = () => this.#dropped.reduce((sum, { count }) => sum + count, 0)
    while (this.#stored + dropped() < written) await turn()
  }
}

class SaltSubscriber implements FaceSubscriber {
  readonly #raw: RawSubscriber
  #saidLive = false
  #next = 0

  constructor(raw: RawSubscriber) {
    this.#raw = raw
  }

  async next(): Promise<FaceItem | undefined> {
    if (!this.#saidLive) {
      this.#saidLive = true
      return { type: 'live', cursor: '' }
    }
    await this.#raw.until(this.#next + 1)
    const event = this.#raw.events[this.#next++]
    return event && { type: 'event', cursor: '', ...event }
  }

  pause(): void {
    this.#raw.socket.pause()
  }

  resume(): void {
    this.#raw.socket.resume()
  }

  drop(): void {
    this.#raw.socket.destroy()
  }
}

function turn(): Promise<void> {
  return new Promise((go) => setImmediate(go))
}
