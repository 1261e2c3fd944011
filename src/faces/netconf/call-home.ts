import { EventEmitter, setMaxListeners } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { Address } from '../../config/values/address.js'
import { type TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { algorithmOf } from '../../protocols/netconf/client/host-key.js'
import { answerSsh } from '../../protocols/netconf/client/ssh.js'
import { answerTls } from '../../protocols/netconf/client/tls.js'
import type { LoginOptions, NetconfTransport } from '../../protocols/netconf/client/transport.js'
import type { ExpectedDevice } from '../../protocols/transport/call-home.js'
import type { FaceHost, FaceListener, OpenFace } from '../face.js'
import type { CertificateUser, TlsListen } from '../shared/listener.js'
import { identified } from '../shared/strangers.js'
import { CalledEvents, type CalledKey, type CallerAddress, callerOf } from './called-events.js'
import type { CallHomeListeners } from './config.js'
import { listenBare, type NetconfListener } from './listening.js'

/** Until a device is known and has accepted the login, ms. */
const LOGIN_MS = 20_000

/** Listens for devices that call home. The hub is the client of SSH or TLS on a connection that they open. */
export async function openCallHome(host: FaceHost, { ssh, tls }: CallHomeListeners): Promise<OpenFace> {
  const face = new CallHomeFace(host)
  try {
    if (tls !== undefined) await face.listenTls(tls)
    if (ssh !== undefined) await face.listenSsh(ssh)
  } catch (error) {
    await face.close()
    throw error
  }
  return face
}

/** A connection that a device has opened. */
interface IncomingCall {
  readonly socket: Socket
  readonly caller: CallerAddress
  key?: CalledKey
  device?: ExpectedDevice
}

class CallHomeFace implements OpenFace {
  readonly #host: FaceHost
  readonly #listeners: NetconfListener[] = []
  readonly #calls = new Set<IncomingCall>()
  readonly #events: CalledEvents
  readonly #closed = new AbortController()
  #certificate: OwnCertificate | undefined

  constructor(host: FaceHost) {
    this.#host = host
    this.#events = new CalledEvents(host)
    // One for each login.
    setMaxListeners(0, this.#closed.signal)
  }

  get listeners(): FaceListener[] {
    return this.#listeners.map(({ transport, address }) => {
      const own = [...this.#calls].filter(({ caller }) => caller.transport === transport)
      return { face: `call-home-${transport}`, address, connections: own.length }
    })
  }

  async listenSsh(at: Address): Promise<void> {
    await this.#listen('ssh', at, (call, options) =>
      answerSsh(
        call.socket,
        (fingerprint, key) => {
          const shown = { ssh_key_alg: algorithmOf(key), ssh_host_key: key.toString('base64') }
          const device = this.#find(call, { fingerprint, ...shown })
          return device && (() => device.credentials())
        },
        options,
      ),
    )
  }

  async listenTls(at: Address): Promise<void> {
    const certificate = new OwnCertificate(this.#host.certificate())
    this.#certificate = certificate
    await this.#listen('tls', at, (call, options) => {
      const knows = (fingerprint: string) => this.#find(call, { fingerprint }) !== undefined
      return answerTls(call.socket, certificate.context, knows, options)
    })
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

  /** Sessions with devices end with it. */
  async close(): Promise<void> {
    this.unbind()
    this.#closed.abort(new Error('the hub takes no calls any more'))
    for (const { socket } of this.#calls) socket.destroy()
    this.#certificate?.close()
  }

  async #listen(
    transport: CallerAddress['transport'],
    at: Address,
    answer: (call: IncomingCall, options: LoginOptions) => Promise<NetconfTransport>,
  ): Promise<void> {
    const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
      const call = this.#begin(transport, socket)
      if (call === undefined) return
      const { runtime } = this.#host
      const options = { runtime, timeout: LOGIN_MS, signal: this.#closed.signal }
      answer(call, options).then(
        (device) => this.#arrived(call, device),
        (thrown) => this.#failed(call, toTocsinError(thrown, 'TCN_NETCONF_CONNECT')),
      )
    })
    this.#listeners.push(await listenBare(this.#host, transport, server, at))
  }

  #begin(transport: CallerAddress['transport'], socket: Socket): IncomingCall | undefined {
    const { budgets } = this.#host
    if (!budgets.takeConnection()) {
      socket.destroy()
      return undefined
    }
    const call: IncomingCall = { socket, caller: callerOf(transport, socket) }
    this.#calls.add(call)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      this.#calls.delete(call)
      budgets.releaseConnection()
    })
    return call
  }

  /** The device with the key, which is not proven yet. A call stays that of the device that it was first. */
  #find(call: IncomingCall, key: CalledKey): ExpectedDevice | undefined {
    if (call.device !== undefined) return call.key?.fingerprint === key.fingerprint ? call.device : undefined
    const device = this.#host.parts.callHome.find(key.fingerprint)
    if (device === undefined) this.#events.unknown(call.caller, key)
    call.key = key
    call.device = device
    return device
  }

  #arrived({ socket, caller, device, key }: IncomingCall, transport: NetconfTransport): void {
    const isGone = device === undefined || key === undefined || socket.destroyed
    if (isGone || !this.#events.admits(device.name)) {
      transport.destroy()
      return
    }
    const { name } = device
    identified(socket)
    this.#events.known('connected', name, caller, key)
    socket.once('close', () => this.#events.known('disconnected', name, caller, key))
    device.arrived(transport, socket)
  }

  #failed({ socket, device }: IncomingCall, error: TocsinError): void {
    socket.destroy()
    if (device === undefined || this.#closed.signal.aborted) return
    this.#events.refused(error)
    // Before the login, anybody may have shown the key of the device.
    if (error.code === 'TCN_NETCONF_LOGIN') device.failed(error)
  }
}

/** The certificate that the hub shows to devices. It is replaced as that of a server is. */
class OwnCertificate extends EventEmitter implements CertificateUser {
  context: SecureContext

  constructor({ follow, cert, key }: TlsListen) {
    super()
    this.context = contextOf({ cert, key })
    follow?.(this)
  }

  setSecureContext(options: SecureContextOptions): void {
    this.context = contextOf(options)
  }

  close(): void {
    this.emit('close')
  }
}

function contextOf({ cert, key }: SecureContextOptions): SecureContext {
  return createSecureContext({ cert, key, minVersion: 'TLSv1.2' })
}
