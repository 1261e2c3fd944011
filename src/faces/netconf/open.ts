import { endedInTime } from '../../event/runtime.js'
import { LongWork } from '../../incremental/long-work.js'
import { notificationText } from '../../protocols/netconf/server/notification.js'
import type { FaceHost, FaceListener, OpenFace } from '../face.js'
import { StreamHost } from '../shared/streams/stream-host.js'
import type { NetconfListeners } from './config.js'
import type { NetconfPeer } from './connection.js'
import { notificationFormats } from './format.js'
import { hostKeyOf } from './host-key.js'
import { listenSsh, listenTls, type NetconfListener } from './listening.js'
import type { OpenSessions } from './open-session.js'
import { ServedSession } from './session.js'
import { SshServer } from './ssh.js'

/** The library of SSH is loaded only where SSH is configured. */
export async function openNetconf(
  host: FaceHost,
  { ssh, tls, hostKey: file }: NetconfListeners,
): Promise<OpenFace> {
  const face = new NetconfFace(host)
  try {
    if (tls !== undefined) face.add(await listenTls(host, tls, (peer) => face.serve(peer)))
    if (ssh !== undefined) {
      const { default: library } = await import('ssh2')
      const { text, fingerprint } = await hostKeyOf(library.utils, host.state, file)
      const server = new SshServer(library, host, text, (peer) => face.serve(peer))
      face.add(await listenSsh(host, ssh, server))
      face.notes.push(`NETCONF: fingerprint of the host key ${fingerprint}`)
    }
  } catch (error) {
    await face.close()
    throw error
  }
  return face
}

class NetconfFace implements OpenFace {
  readonly notes: string[] = []
  readonly #context: OpenSessions
  readonly #listeners: NetconfListener[] = []
  /** Those that have sent no hello yet, too. */
  readonly #connected = new Set<ServedSession>()
  #emptied: () => void = () => undefined
  readonly #forgetRemovals: () => void

  constructor(host: FaceHost) {
    const { bus, runtime, access, types, reports } = host
    const streams = new StreamHost({
      ...{ bus, runtime },
      authorize: access.authorize,
      typeOfBytes: types.typeOfNeighbours(),
      warn: (peer, error) => reports.refused(error, peer),
    })
    let last = 0
    this.#context = {
      host,
      streams,
      formats: notificationFormats(streams.typeOf),
      work: new LongWork(runtime, { face: 'netconf', what: 'request' }),
      sessions: new Map(),
      nextSubscription: () => ++last,
      notify: (content) => notificationText(runtime.now(), content),
    }
    this.#forgetRemovals = access.onRemoved((name) => {
      for (const session of this.#connected)
        if (session.principal.name === name) session.end({ reason: 'other' })
    })
  }

  get listeners(): FaceListener[] {
    return this.#listeners.map(({ transport, address }) => {
      const own = [...this.#connected].filter(({ place }) => place.startsWith(`${transport}:`))
      return { face: `netconf-${transport}`, address, connections: own.length }
    })
  }

  add(listener: NetconfListener): void {
    this.#listeners.push(listener)
  }

  serve(peer: NetconfPeer): void {
    const closed = (session: ServedSession): void => {
      this.#connected.delete(session)
      if (this.#connected.size === 0) this.#emptied()
    }
    this.#connected.add(new ServedSession(this.#context, peer, closed))
  }

  unbind(): void {
    for (const { binding } of this.#listeners) binding.unbind()
  }

  async bind(): Promise<void> {
    for (const { binding } of this.#listeners) await binding.bind()
  }

  drain(): void {
    this.unbind()
  }

  /** Clients read what waits for them, for some seconds. */
  async close(): Promise<void> {
    this.unbind()
    this.#forgetRemovals()
    const empty = new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
    for (const session of this.#connected) session.end({ reason: 'other' })
    if (this.#connected.size > 0) await endedInTime(this.#context.host.runtime, empty)
    for (const session of this.#connected) session.destroy()
    await this.#context.streams[Symbol.asyncDispose]()
  }
}
