import { Socket } from 'node:net'
import type { Client } from 'pg'
import type { SecretFile } from '../../config/secret-file.js'
import { codeOf, messageOf } from '../../errors/thrown.js'
import type { Event } from '../../event/event.js'
import type { Runtime } from '../../event/runtime.js'
import { userEnvironment } from '../../jobs/user-environment.js'
import { EXCESS } from '../../transport/answer-bounds.js'
import { GuardedSocket } from '../../transport/guarded-socket.js'
import { DeliveryFault, type FaultKind } from '../delivery-fault.js'
import { areShort } from '../event-json.js'
import { deadline } from '../pauses.js'
import { sinkSecret } from '../secret-file.js'
import type { Destination, EventView, SinkWork } from '../sink.js'
import { tlsClient } from '../tls.js'
import type { PostgresqlSinkConfig } from './config.js'
import { columnsOf, creation, insertion, rowsOf, type TableRow } from './rows.js'

/** Classes of SQLSTATE that blame a value: what it is, a rule of the table, of a view, a limit, what a trigger raises. */
const BLAMES_THE_EVENT = /^(22|23|44|54|P0)/
/** A statement that has ended the connection without an answer of the server. */
const NO_ANSWER = new Set([undefined, 'ECONNRESET', 'EPIPE'])
/** Bytes of all answers to a login or a statement: notices, a fault, how many rows were written. */
const MAX_ANSWER_BYTES = 128 * 1024
/** Logs in where the hub's own user has no name. */
const USER = 'tocsin'

interface DatabaseSession {
  client: Client
  /** A statement ends with it at once. */
  socket: GuardedSocket
}

/** Writes each event as a row. Its number is the key, so that an event that is delivered again is not written again. */
export class PostgresqlDestination implements Destination {
  readonly #config: PostgresqlSinkConfig
  readonly #view: EventView
  readonly #runtime: Runtime
  readonly #work: SinkWork
  readonly #password: SecretFile | undefined
  #session: DatabaseSession | undefined

  constructor(config: PostgresqlSinkConfig, view: EventView, runtime: Runtime, work: SinkWork) {
    this.#config = config
    this.#view = view
    this.#runtime = runtime
    this.#work = work
    this.#password = sinkSecret(config.passwordFile, runtime)
  }

  async deliver(events: readonly Event[], signal: AbortSignal): Promise<void> {
    const rows = await this.#work(rowsOf(events, this.#view), areShort(events))
    const limit = deadline(this.#runtime, this.#config.timeout, signal)
    const socket = this.#session?.socket ?? this.#newSocket()
    socket.expect(MAX_ANSWER_BYTES, EXCESS)
    const end = () => socket.destroy(limit.signal.reason)
    limit.signal.addEventListener('abort', end)
    try {
      if (limit.signal.aborted) throw limit.signal.reason
      await this.#insert(rows, socket)
    } catch (thrown) {
      const { aborted, reason } = limit.signal
      throw this.#fault(aborted ? new DeliveryFault('unclear', messageOf(reason)) : thrown, socket)
    } finally {
      limit.signal.removeEventListener('abort', end)
      limit.end()
    }
  }

  async close(): Promise<void> {
    this.#session?.socket.end()
    this.#session?.socket.unref()
    this.#session = undefined
  }

  #newSocket(): GuardedSocket {
    const work = { face: 'sink', what: 'postgresql', principal: this.#config.place.host }
    return new GuardedSocket(new Socket(), { runtime: this.#runtime, work })
  }

  async #insert(rows: readonly TableRow[], socket: GuardedSocket): Promise<void> {
    this.#session ??= await this.#connect(socket)
    const { client } = this.#session
    await client.query(insertion(this.#config.table), columnsOf(rows)).catch((thrown: unknown) => {
      throw new DeliveryFault(kindOfRows(codeOf(thrown)), problemOf(thrown))
    })
  }

  async #connect(socket: GuardedSocket): Promise<DatabaseSession> {
    const { place, database, user, secure, tls, table, create } = this.#config
    const [pg, settings, password] = await Promise.all([
      import('pg'),
      secure ? tlsClient(tls, place.host) : undefined,
      this.#password?.text(),
    ])
    const client = new pg.default.Client({
      ...place,
      database,
      user: user ?? userEnvironment().USER ?? USER,
      // With a text, or none, the library takes what PGPASSWORD or a file of this machine says, and sends it to any server.
      password: () => password ?? '',
      ssl: settings ?? false,
      application_name: 'tocsin',
      stream: () => socket,
    })
    client.on('error', () => this.#leave(socket))
    client.on('end', () => this.#leave(socket))
    await client.connect()
    if (create) await client.query(creation(table)).catch(isUnavailable)
    return { client, socket }
  }

  /** The next attempt connects again. */
  #leave(socket: GuardedSocket): void {
    socket.destroy()
    if (this.#session?.socket === socket) this.#session = undefined
  }

  #fault(thrown: unknown, socket: GuardedSocket): DeliveryFault {
    const fault =
      thrown instanceof DeliveryFault ? thrown : new DeliveryFault('unavailable', problemOf(thrown))
    if (fault.kind !== 'refused') this.#leave(socket)
    return fault
  }
}

function problemOf(thrown: unknown): string {
  return messageOf(thrown) || (codeOf(thrown) ?? '')
}

/** The server has let the hub log in: if it ends the connection at these rows, they may be to blame. */
function kindOfRows(code: string | undefined): FaultKind {
  if (NO_ANSWER.has(code)) return 'ended'
  return BLAMES_THE_EVENT.test(code ?? '') ? 'refused' : 'unclear'
}

/** No event is to blame for a table that cannot be made. */
function isUnavailable(thrown: unknown): never {
  throw new DeliveryFault('unavailable', messageOf(thrown))
}
