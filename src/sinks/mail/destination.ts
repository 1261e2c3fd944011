import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { NodemailerError } from 'nodemailer'
import type { SecretFile } from '../../config/secret-file.js'
import { asError, codeOf, messageOf } from '../../errors/thrown.js'
import type { Event } from '../../event/event.js'
import type { Runtime } from '../../event/runtime.js'
import { GuardedSocket } from '../../transport/guarded-socket.js'
import { DeliveryFault, type FaultKind, quoted } from '../delivery-fault.js'
import { areShort } from '../event-json.js'
import { deadline } from '../pauses.js'
import { sinkSecret } from '../secret-file.js'
import type { Destination, EventView, SinkWork } from '../sink.js'
import { tlsClient } from '../tls.js'
import { type MailSinkConfig, parseMailbox } from './config.js'
import { type MailText, mailText } from './message.js'
import { type RecipientRefusal, Recipients } from './recipients.js'

/** Codes of nodemailer for answers about the message or its recipients. */
const ABOUT_THE_MAIL = new Set(['EENVELOPE', 'EMESSAGE'])
/** Those for a connection that was made and has ended. */
const ENDS = new Set(['ECONNECTION', 'ESOCKET'])

/** Bytes of all that a server answers to a mail, TLS included, and more for each recipient. */
const ANSWER_BYTES = 64 * 1024
const ANSWER_BYTES_OF_RECIPIENT = 1024

/** Sends events as mails, each over a connection of its own. */
export class MailDestination implements Destination {
  readonly #config: MailSinkConfig
  readonly #view: EventView
  readonly #runtime: Runtime
  readonly #work: SinkWork
  readonly #password: SecretFile | undefined
  readonly #recipients: Recipients

  constructor(config: MailSinkConfig, view: EventView, runtime: Runtime, work: SinkWork) {
    this.#work = work
    this.#config = config
    this.#view = view
    this.#runtime = runtime
    const { passwordFile, recipients } = config
    this.#recipients = new Recipients(recipients)
    this.#password = sinkSecret(passwordFile, runtime)
  }

  async deliver(events: readonly Event[], signal: AbortSignal): Promise<void> {
    const text = mailText(events, this.#config.subject, this.#view)
    const mail = await this.#work(text, areShort(events))
    const limit = deadline(this.#runtime, this.#config.timeout, signal)
    try {
      await this.#connected(limit.signal, (socket) => this.#sendToOpen(events, mail, socket))
    } catch (thrown) {
      const isEnd = ENDS.has(codeOf(thrown) ?? '') && (await this.#isThere(limit.signal))
      if (limit.signal.aborted) throw new DeliveryFault('unclear', messageOf(limit.signal.reason))
      throw isEnd ? new DeliveryFault('ended', messageOf(thrown)) : faultOfMail(thrown)
    } finally {
      limit.end()
    }
  }

  /** A connection that is given to the library can be ended at any moment. */
  async #connected<Result>(
    signal: AbortSignal,
    use: (socket: GuardedSocket) => Promise<Result>,
  ): Promise<Result> {
    const socket = this.#connect()
    const end = () => socket.destroy(asError(signal.reason))
    signal.addEventListener('abort', end, { once: true })
    try {
      return await use(socket)
    } finally {
      signal.removeEventListener('abort', end)
      socket.destroy()
    }
  }

  #connect(): GuardedSocket {
    const { server, recipients } = this.#config
    const work = { face: 'sink', what: 'mail', principal: server.host }
    const socket = new GuardedSocket(connect(server), { runtime: this.#runtime, work })
    const most = ANSWER_BYTES + recipients.length * ANSWER_BYTES_OF_RECIPIENT
    socket.expect(most, `the server sends more than ${most} bytes for one mail`)
    return socket
  }

  /** Returns whether the server lets the hub log in, if no mail follows. */
  #isThere(signal: AbortSignal): Promise<boolean> {
    const verified = this.#connected(signal, async (socket) => {
      const transport = await this.#transport(socket)
      return transport.verify().finally(() => transport.close())
    })
    return verified.catch(() => false)
  }

  async close(): Promise<void> {}

  /** Sends it to those that have not got the events yet. */
  async #sendToOpen(events: readonly Event[], mail: MailText, socket: GuardedSocket): Promise<void> {
    const open = this.#recipients.open(events)
    const refusals = await this.#send(mail, open, socket).catch((thrown: unknown) => {
      if (this.#recipients.haveSome(events)) return refusalsOf(thrown, open)
      throw thrown
    })
    this.#recipients.note(events, refusals)
    const fault = this.#recipients.fault(events, refusals)
    if (fault !== undefined) throw fault
  }

  /** Resolves with the recipients that were refused, of which there are fewer than all. */
  async #send(mail: MailText, to: string[], socket: GuardedSocket): Promise<RecipientRefusal[]> {
    const { sender, recipients } = this.#config
    const transport = await this.#transport(socket)
    try {
      const from = parseMailbox(sender)
      const envelope = { from: from.address, to }
      const headers = { 'Auto-Submitted': 'auto-generated' }
      const { rejectedErrors } = await transport.sendMail({
        from,
        to: recipients,
        envelope,
        headers,
        ...mail,
      })
      return refusalsIn(rejectedErrors)
    } finally {
      transport.close()
    }
  }

  async #transport(socket: GuardedSocket) {
    const { server, encryption, user = '', tls, timeout } = this.#config
    const [{ createTransport }, settings, pass] = await Promise.all([
      import('nodemailer'),
      tlsClient(tls, server.host),
      this.#password?.text(),
      connected(socket),
    ])
    const connection: Duplex = socket
    return createTransport({
      ...server,
      // The library needs no more of a socket than this has.
      connection: connection as Socket,
      secure: encryption === 'tls',
      requireTLS: encryption === 'starttls',
      ignoreTLS: encryption === 'none',
      tls: settings,
      ...(pass !== undefined && { auth: { user, pass } }),
      greetingTimeout: timeout,
      socketTimeout: timeout,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }
}

function connected(socket: GuardedSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.on('error', reject)
  })
}

function refusalsIn(errors: readonly NodemailerError[] = []): RecipientRefusal[] {
  return errors.map((error) => ({ recipient: error.recipient ?? '', ...refusalOf(error) }))
}

/** A mail that is refused as a whole is refused for each of its recipients. Other faults are thrown again. */
function refusalsOf(thrown: unknown, open: readonly string[]): RecipientRefusal[] {
  const error: NodemailerError = asError(thrown)
  if (!ABOUT_THE_MAIL.has(error.code ?? '') || error.responseCode === undefined) throw thrown
  if (error.rejectedErrors !== undefined) return refusalsIn(error.rejectedErrors)
  return open.map((recipient) => ({ recipient, ...refusalOf(error) }))
}

function refusalOf({
  response,
  message,
  responseCode = 0,
}: NodemailerError): Omit<RecipientRefusal, 'recipient'> {
  return { isFinal: responseCode >= 500, reason: response ?? message }
}

function faultOfMail(thrown: unknown): DeliveryFault {
  if (thrown instanceof DeliveryFault) return thrown
  const { message, code = '', responseCode = 0 }: NodemailerError = asError(thrown)
  return new DeliveryFault(kindOfMail(code, responseCode), quoted(message))
}

function kindOfMail(code: string, responseCode: number): FaultKind {
  if (ABOUT_THE_MAIL.has(code)) return responseCode >= 500 ? 'refused' : 'unclear'
  return ENDS.has(code) ? 'unclear' : 'unavailable'
}
