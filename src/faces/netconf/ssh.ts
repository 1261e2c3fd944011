import type { Socket } from 'node:net'
import type ssh2 from 'ssh2'
import type { LoginAttempt, Server, ServerClient, ServerSession, SshChannel } from 'ssh2'
import type { Identity } from '../../access/identify.js'
import { idOfToken } from '../../access/token.js'
import { formatAddress } from '../../config/values/address.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { SSH_ALGORITHMS } from '../../protocols/netconf/ssh-algorithms.js'
import { MAX_STRANGER_BYTES, windowFault } from '../../protocols/netconf/ssh-bounds.js'
import { GuardedSocket } from '../../transport/guarded-socket.js'
import type { FaceHost } from '../face.js'
import { peerOf } from '../shared/handshakes.js'
import { identified } from '../shared/strangers.js'
import type { NetconfPeer } from './connection.js'

/** Until a client has logged in and opened the subsystem, ms. */
const LOGIN_MS = 20_000
/** Logins of a connection that may be refused. */
const MAX_ATTEMPTS = 6
/** Questions about methods and keys among them. */
const MAX_REQUESTS = 20
/** Channels of a connection in which the client may ask for the subsystem. */
const MAX_SESSIONS = 4
const KEEPALIVE_MS = 30_000
const LOST_KEEPALIVES = 3
const METHODS = ['publickey', 'password', 'keyboard-interactive']

type Library = typeof ssh2
type SshHost = Pick<FaceHost, 'access' | 'runtime'>

/** Takes the side of the server in SSH (RFC 6242), on connections that somebody else has accepted. */
export class SshServer {
  readonly #library: Library
  readonly #host: SshHost
  readonly #server: Server
  readonly #opened: (peer: NetconfPeer) => void
  /** Connections whose client has not said anything yet, by its address and port. */
  readonly #silent = new Map<string, SshConnection>()

  /** `opened` is called with each client that has logged in and opened the subsystem. */
  constructor(library: Library, host: SshHost, hostKey: string, opened: (peer: NetconfPeer) => void) {
    this.#library = library
    this.#host = host
    this.#opened = opened
    this.#server = new library.Server({
      hostKeys: [hostKey],
      ident: 'tocsin',
      algorithms: SSH_ALGORITHMS,
      keepaliveInterval: KEEPALIVE_MS,
      keepaliveCountMax: LOST_KEEPALIVES,
    })
    this.#server.on('connection', (client, { ip, port }) => this.#greeted(client, { ip, port }))
  }

  accept(socket: Socket): void {
    const key = peerOf(socket)
    const connection = new SshConnection(socket, this.#host.runtime)
    this.#silent.set(key, connection)
    const cancel = this.#host.runtime.after(LOGIN_MS, () => socket.destroy())
    socket.once('subsystem', cancel)
    socket.once('close', () => {
      cancel()
      if (this.#silent.get(key) === connection) this.#silent.delete(key)
    })
    this.#server.injectSocket(connection.guarded)
  }

  #greeted(client: ServerClient, { ip, port }: { ip: string; port: number }): void {
    const key = formatAddress({ host: ip, port })
    const connection = this.#silent.get(key)
    this.#silent.delete(key)
    client.on('error', () => connection?.socket.destroy())
    if (connection === undefined) return void client.end()
    const { access } = this.#host
    new SshAttempts(this.#library, { access, client, connection, opened: this.#opened })
  }
}

/** A connection, and what the library sees of it. */
class SshConnection {
  readonly socket: Socket
  readonly guarded: GuardedSocket
  channel: SshChannel | undefined

  constructor(socket: Socket, runtime: FaceHost['runtime']) {
    this.socket = socket
    this.guarded = new GuardedSocket(socket, {
      runtime,
      work: { face: 'netconf', what: 'ssh', principal: socket.remoteAddress },
      fault: () => this.channel && windowFault(this.channel),
    })
    this.guarded.expect(MAX_STRANGER_BYTES, 'more bytes than a login has')
  }
}

interface Login {
  readonly access: FaceHost['access']
  readonly client: ServerClient
  readonly connection: SshConnection
  readonly opened: (peer: NetconfPeer) => void
}

/** One client, until it has opened the subsystem. */
class SshAttempts {
  readonly #library: Library
  readonly #login: Login
  #identity: Identity | undefined
  #requests = 0
  #attempts = 0
  #sessions = 0
  #isOpen = false

  constructor(library: Library, login: Login) {
    this.#library = library
    this.#login = login
    const { client } = login
    client.on('authentication', (attempt) => {
      if (++this.#requests > MAX_REQUESTS) return this.#end()
      this.#attempt(attempt).catch(() => this.#refuse(attempt))
    })
    client.on('session', (accept, reject) => {
      const isOneTooMany = this.#isOpen || ++this.#sessions > MAX_SESSIONS
      if (isOneTooMany || this.#identity === undefined) return reject()
      this.#serve(accept(), this.#identity)
    })
  }

  async #attempt(attempt: LoginAttempt): Promise<void> {
    switch (attempt.method) {
      case 'password':
        return this.#byPassword(attempt, attempt.password)
      case 'keyboard-interactive':
        return attempt.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
          const [password = ''] = answers instanceof Error ? [] : answers
          this.#byPassword(attempt, password).catch(() => this.#refuse(attempt))
        })
      case 'publickey':
        return this.#byKey(attempt)
      default:
        // Clients ask for the list of methods in this way.
        return attempt.reject(METHODS)
    }
  }

  /** A token of the principal may be in place of its password. */
  async #byPassword(attempt: LoginAttempt, password: string): Promise<void> {
    const user = attempt.username
    const shown = idOfToken(password) === undefined ? { user, password } : { token: password }
    const identity = await this.#login.access.identify({ ...shown, ...this.#place })
    if (identity.principal.name !== user) throw new TocsinError('TCN_ACCESS_TOKEN')
    this.#accept(attempt, identity)
  }

  async #byKey(attempt: LoginAttempt & { method: 'publickey' }): Promise<void> {
    const { access } = this.#login
    const user = attempt.username
    const sshKey = attempt.key.data.toString('base64')
    // Clients offer keys of all kinds before they sign.
    if (!access.hasSshKey(user, sshKey)) return this.#refuse(attempt)
    if (attempt.signature === undefined) return attempt.accept()
    if (!this.#isSigned(attempt, attempt.signature)) {
      access.loginRefused({ user, sshKey, ...this.#place }, new TocsinError('TCN_ACCESS_TOKEN'))
      return this.#refuse(attempt)
    }
    this.#accept(attempt, await access.identify({ user, sshKey, ...this.#place }))
  }

  #isSigned({ key, blob, hashAlgo }: LoginAttempt & { method: 'publickey' }, signature: Buffer): boolean {
    const parsed = this.#library.utils.parseKey(key.data)
    return !(parsed instanceof Error) && parsed.verify(blob, signature, hashAlgo) === true
  }

  get #place(): { address: string } {
    return { address: this.#login.connection.socket.remoteAddress ?? 'gone' }
  }

  #accept(attempt: LoginAttempt, identity: Identity): void {
    this.#identity = identity
    const { socket, guarded } = this.#login.connection
    guarded.expect(Infinity)
    identified(socket)
    attempt.accept()
  }

  #refuse(attempt: LoginAttempt): void {
    attempt.reject(METHODS)
    if (++this.#attempts >= MAX_ATTEMPTS) this.#end()
  }

  /** Nothing more is read. */
  #end(): void {
    const { client, connection } = this.#login
    client.end()
    connection.guarded.expect(0, 'too many attempts to log in')
  }

  /** A connection has one session of NETCONF. */
  #serve(session: ServerSession, identity: Identity): void {
    const { connection, opened } = this.#login
    const { socket } = connection
    session.on('subsystem', (accept, reject, { name }) => {
      if (name !== 'netconf' || this.#isOpen) return reject()
      this.#isOpen = true
      socket.emit('subsystem')
      const stream = accept()
      connection.channel = stream
      opened({ transport: 'ssh', identity, socket: connection.guarded, stream })
    })
  }
}
