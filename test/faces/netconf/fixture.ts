import type { TestHub } from '../../../src/hub/testing.js'
import { LongWork } from '../../../src/incremental/long-work.js'
import { NetconfSession } from '../../../src/protocols/netconf/client/session.js'
import { dialSsh, type SshLogin } from '../../../src/protocols/netconf/client/ssh.js'
import type { NetconfTransport } from '../../../src/protocols/netconf/client/transport.js'
import type { RpcReply } from '../../../src/protocols/netconf/codec/rpc.js'
import type { XmlElement } from '../../../src/protocols/netconf/codec/xml.js'
import { realRuntime } from '../../helpers/real-runtime.js'

export interface Received {
  readonly text: string
  /** The element after the time. */
  readonly content: XmlElement
}

export function portOf(hub: TestHub, transport: 'ssh' | 'tls' = 'ssh'): number {
  const address = hub.hub.listeners.find(({ face }) => face === `netconf-${transport}`)?.address ?? ''
  return Number(address.slice(address.lastIndexOf(':') + 1))
}

/** The fingerprint of the host key, as the hub shows it when it starts. */
export function hostKeyOf(hub: TestHub): string {
  const note = hub.hub.notes.find((text) => text.startsWith('NETCONF: fingerprint')) ?? ''
  return note.slice(note.lastIndexOf(' ') + 1)
}

export function dialOptions(port: number) {
  const { signal } = new AbortController()
  return { address: { host: '127.0.0.1', port }, runtime: realRuntime, timeout: 10_000, signal }
}

/** A client of the face, with the code that sources use for devices. */
export class NetconfClient {
  readonly received: Received[] = []
  readonly transport: NetconfTransport
  #session: NetconfSession | undefined
  #wake: () => void = () => {}
  #isClosed = false
  #read = 0

  static async logIn(hub: TestHub, login: Omit<SshLogin, 'hostKeys'>): Promise<NetconfClient> {
    const { port, hostKeys } = { port: portOf(hub), hostKeys: [hostKeyOf(hub)] }
    return NetconfClient.over(await dialSsh({ ...login, hostKeys }, dialOptions(port)))
  }

  static async over(transport: NetconfTransport): Promise<NetconfClient> {
    const client = new NetconfClient(transport)
    transport.stream.once('close', () => client.#close())
    transport.stream.once('end', () => client.#close())
    client.#session = await NetconfSession.open(transport, {
      runtime: realRuntime,
      timeout: 10_000,
      longest: 10_000_000,
      longWork: new LongWork(realRuntime),
      name: 'client',
      notification: (message, bytes) => client.#take(message, bytes),
      leftOut: (reason) => client.#take({ ...NOTHING, name: reason }, Buffer.from(reason)),
      closed: () => client.#close(),
    })
    return client
  }

  private constructor(transport: NetconfTransport) {
    this.transport = transport
  }

  get session(): NetconfSession {
    if (this.#session === undefined) throw new Error('the session is not open')
    return this.#session
  }

  ask(operation: string): Promise<RpcReply> {
    return this.session.request('a request', operation)
  }

  /** Resolves with the tag of the error that answers. */
  async refusal(operation: string): Promise<unknown> {
    return this.ask(operation).then(
      () => 'ok',
      (error) => error.details?.tag ?? error.message,
    )
  }

  /** The next notification; undefined when the session has ended. */
  async next(): Promise<Received | undefined> {
    while (this.#read === this.received.length && !this.#isClosed)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    return this.received[this.#read++]
  }

  /** The names of the next notifications. */
  async names(count: number): Promise<(string | undefined)[]> {
    const names: (string | undefined)[] = []
    while (names.length < count) names.push((await this.next())?.content.name)
    return names
  }

  get text(): string {
    return this.received.map(({ text }) => text).join('\n')
  }

  drop(): void {
    this.#session?.destroy()
    this.transport.destroy()
    this.#close()
  }

  #take(message: XmlElement, bytes: Buffer): undefined {
    this.received.push({ text: bytes.toString(), content: message.children[1] ?? NOTHING })
    this.#wake()
  }

  #close(): void {
    this.#isClosed = true
    this.#wake()
  }
}

const NOTHING: XmlElement = {
  name: '',
  namespace: '',
  attributes: [],
  children: [],
  text: '',
  size: 1,
  height: 1,
}

export const NOTIFICATION = 'urn:ietf:params:xml:ns:netconf:notification:1.0'
export const SUBSCRIBED = 'urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications'

export function createSubscription(content = ''): string {
  return `<create-subscription xmlns="${NOTIFICATION}">${content}</create-subscription>`
}

export function establish(content = '<stream>NETCONF</stream>'): string {
  return `<establish-subscription xmlns="${SUBSCRIBED}">${content}</establish-subscription>`
}
