import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { formatAddress } from '../../config/values/address.js'
import { messageOf } from '../../errors/thrown.js'
import { formatTime } from '../../event/position.js'
import type { Cancel } from '../../event/runtime.js'
import { tagSegment } from '../../event/tag.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import { type Datagram, Datagrams } from '../udp/datagrams.js'
import { senderTest } from '../udp/senders.js'
import type { SnmpConfig } from './config.js'
import { Credentials, type Refusal, readSecrets, type Secrets } from './credentials.js'
import { type Decoded, SnmpDecoder } from './decoder.js'
import { type Header, readHeader } from './header.js'
import { readMibs } from './mib/read-mibs.js'
import { ObjectNames } from './names.js'
import { notificationOf } from './notification.js'

const LOOK_MS = 10_000
/** The beginning of an engine id of the kind that the library makes at random; this one stays the same. */
const ENGINE_PREFIX = '8000b98380'

type Reason = Refusal | 'malformed' | 'kind' | 'limit'

/** They say nothing of what was in a message: it may be nearly right. */
const reasons: Record<Reason, string> = {
  community: 'messages with an unknown community were refused',
  user: 'messages of an unknown user were refused',
  protection: 'messages that are not signed and encrypted as their user must were refused',
  signature: 'messages with a wrong signature were refused',
  malformed: 'messages could not be read as SNMP',
  kind: 'messages that are neither traps nor informs were refused',
  limit: 'informs over the limit were not answered',
}

/** Receives traps and informs of SNMP and publishes them. */
export class SnmpSource implements Source {
  readonly #config: SnmpConfig
  #names: ObjectNames
  #mibs: { names: number; unknown: number } | undefined
  readonly #refused = new Map<Reason, number>()
  #lastRefused: object | undefined
  #context!: SourceContext
  #datagrams: Datagrams | undefined
  #secrets!: Secrets
  #credentials!: Credentials
  #decoder!: SnmpDecoder
  #fault: string | undefined
  #look: Cancel | undefined
  #stopped = false

  constructor(config: SnmpConfig) {
    this.#config = config
    this.#names = new ObjectNames(config.names)
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    await this.#use(await readSecrets(this.#config))
    await this.#readMibs()
    const { udp, receiveBuffer, from } = this.#config
    const datagrams = new Datagrams({
      address: udp,
      receiveBuffer,
      runtime: context.runtime,
      receive: (datagram) =>
        context.attempt(
          () => this.#receive(datagram),
          () => ({ raw: datagram.bytes }),
        ),
      accepts: senderTest(from),
      lost: (count, reason) => context.lost(count, reason),
      failed: (error) => context.failed(error),
    })
    await datagrams.listen().catch((error: Error) => {
      throw new Error(`cannot listen at udp ${formatAddress(udp)}: ${error.message}`)
    })
    this.#datagrams = datagrams
    this.#lookLater()
    if (this.#stopped) await this.#close()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#close()
  }

  health(): SourceHealth {
    const { host } = this.#config.udp
    return {
      state: this.#fault === undefined ? 'up' : 'degraded',
      reason: this.#fault,
      details: {
        ...(this.#datagrams && { listener: `udp ${formatAddress({ host, port: this.#datagrams.port })}` }),
        ...(this.#mibs && { mibs: this.#mibs }),
        refused: Object.fromEntries(this.#refused),
        ...(this.#lastRefused && { lastRefused: this.#lastRefused }),
      },
    }
  }

  async #readMibs(): Promise<void> {
    const { mibs, names: own, name } = this.#config
    if (mibs.length === 0) return
    const { longWork } = this.#context
    const { names, unknown } = await readMibs(mibs, (steps) => longWork.run(`snmp/${name}`, steps)).catch(
      (thrown: unknown) => {
        throw new Error(`cannot read the MIB files: ${messageOf(thrown)}`)
      },
    )
    this.#names = new ObjectNames(own, names)
    this.#mibs = { names: names.size, unknown }
  }

  /** Returns false if the hub accepts no events at present. */
  #receive({ bytes, peer, port }: Datagram): boolean {
    const header = headerOf(bytes)
    if (header === undefined) return this.#refuse('malformed', peer)
    const isQuestion = isDiscovery(header)
    const refusal = isQuestion ? undefined : this.#credentials.refusal(header, bytes)
    if (refusal !== undefined) return this.#refuse(refusal, peer)
    const decoded = this.#decoded(bytes)
    if (decoded === undefined) return this.#refuse('malformed', peer)
    const { pdu, answer } = decoded
    if (isQuestion && pdu === undefined && answer !== undefined) return this.#answer(answer, peer, port)
    if (isQuestion || pdu === undefined) return this.#refuse('kind', peer)
    const data = notificationOf(
      { pdu, isInform: this.#decoder.isInform(pdu), header, peer, port },
      this.#names,
    )
    const path = `${tagSegment(peer)}/${tagSegment(data.trap)}`
    if (answer === undefined) return this.#context.publish(path, data)
    const outcome = this.#context.offer(path, data)
    if (outcome === 'limited') return this.#refuse('limit', peer)
    if (outcome === 'full') return false
    // A sender repeats an inform until it is answered.
    const isSafe = this.#context.settled()
    void isSafe.then(
      () => this.#answer(answer, peer, port),
      () => undefined,
    )
    return true
  }

  #decoded(bytes: Buffer): Decoded | undefined {
    try {
      return this.#decoder.decode(bytes)
    } catch {
      return undefined
    }
  }

  #answer(answer: Decoded['answer'], peer: string, port: number): true {
    if (answer !== undefined) this.#datagrams?.send(answer, peer, port)
    return true
  }

  #refuse(reason: Reason, peer: string): true {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1)
    this.#lastRefused = { peer, reason, time: formatTime(this.#context.runtime.now()) }
    this.#context.lost(1, reasons[reason])
    return true
  }

  async #use(secrets: Secrets): Promise<void> {
    this.#decoder = await SnmpDecoder.create(secrets, engineIdOf(this.#context.origin))
    this.#secrets = secrets
    this.#credentials = new Credentials(secrets)
  }

  #lookLater(): void {
    if (this.#stopped) return
    this.#look = this.#context.runtime.after(LOOK_MS, () => {
      void this.#lookAgain().then(() => this.#lookLater())
    })
  }

  /** Files with secrets may be replaced while the source runs. */
  async #lookAgain(): Promise<void> {
    try {
      const secrets = await readSecrets(this.#config)
      if (!isDeepStrictEqual(secrets, this.#secrets)) await this.#use(secrets)
      this.#fault = undefined
    } catch (error) {
      this.#fault = messageOf(error)
    }
  }

  async #close(): Promise<void> {
    this.#look?.()
    await this.#datagrams?.close()
  }
}

function headerOf(bytes: Buffer): Header | undefined {
  try {
    return readHeader(bytes)
  } catch {
    return undefined
  }
}

/** RFC 3414, section 4: a sender of version 3 asks for the engine id before it sends an inform. */
function isDiscovery(header: Header): boolean {
  return (
    header.version === 'v3' && header.isReportable && !header.isAuthenticated && header.engineId.length === 0
  )
}

/** Senders remember it, so that it is the same after a restart. */
function engineIdOf(origin: string): string {
  return ENGINE_PREFIX + createHash('sha256').update(origin).digest('hex').slice(0, 24)
}
