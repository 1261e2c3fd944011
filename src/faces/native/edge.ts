import type { Identity } from '../../access/identify.js'
import type { PublisherApi } from '../../bus/api.js'
import type { Principal } from '../../bus/principal.js'
import { Producers } from '../../bus/producers.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { parseCursor } from '../../event/cursor.js'
import { isEdgeName } from '../../methods/edge-name.js'
import type { AttachedEdge, Edges } from '../../methods/edges.js'
import type { ControlRecord } from '../../protocols/native/codec.js'
import { DEFLATE, unpackEvents } from '../../protocols/native/packed-events.js'
import type { Gap, Hello, Packed, Reply } from '../../protocols/native/protocol.js'
import { identifyPeer, type Listener } from '../shared/listener.js'
import type { Peer } from '../shared/session-kind.js'
import { RequestLine } from './edge-line.js'
import { notValid, outOfOrder } from './hello.js'
import type { SessionHost } from './peer.js'

/** Bytes of a reply besides its events. */
const MAX_REPLY_REST = 1024 * 1024

export interface EdgePlace {
  readonly address: string
  readonly usid: number
}

/** The connection of a hub that forwards its log: what it says besides its events. */
export class EdgeConnection {
  /** The features that both sides may use. */
  readonly features: readonly string[]
  readonly #edge: AttachedEdge
  readonly #stream: string
  readonly #connection: Pick<Peer, 'send' | 'fail'>
  /** Undefined if it answers no questions. */
  readonly #line: RequestLine | undefined
  readonly #publisher: Pick<PublisherApi, 'accepted' | 'publish'>
  readonly #largestFrame: number
  #isClosed = false

  /** Throws TCN_ACCESS_DENIED. */
  constructor(
    { authorize, edges, largestFrame }: Pick<SessionHost, 'authorize' | 'edges' | 'largestFrame'>,
    { edge, producer, features = [] }: Hello,
    principal: Principal,
    place: EdgePlace,
    publisher: Pick<PublisherApi, 'accepted' | 'publish'>,
    connection: Pick<Peer, 'send' | 'fail'>,
  ) {
    // Nothing that it could forward would be stored, and what it reports would be.
    if (authorize(principal, 'publish').prefixes?.length === 0)
      throw new TocsinError('TCN_ACCESS_DENIED', 'an edge hub needs the right "publish"')
    this.#stream = Producers.key(principal, producer as string)
    this.#connection = connection
    this.#publisher = publisher
    this.#largestFrame = largestFrame
    this.features = features.includes(DEFLATE) ? ['edge', DEFLATE] : ['edge']
    const { name, answers } = edge!
    const login = { name, principal: principal.name, ...place }
    this.#line = answers && new RequestLine(connection, largestFrame + MAX_REPLY_REST)
    const answering = this.#line && { line: this.#line, all: answers === 'all' }
    this.#edge = edges.attach(login, () => publisher.accepted, answering)
  }

  /** Throws what is wrong with the record. */
  take(record: Extract<ControlRecord, { name: 'gap' | 'lag' | 'packed' | 'reply' }>): void {
    if (record.name === 'gap') this.#gap(record.body)
    else if (record.name === 'reply') this.#reply(record.body)
    else if (record.name === 'packed') this.#packed(record.body)
    else this.#edge.lag(record.body.waiting, record.body.since)
  }

  close(): void {
    this.#isClosed = true
    this.#line?.close()
    this.#edge.detach()
  }

  #reply(reply: Reply): void {
    if (this.#line === undefined) throw outOfOrder('a reply from an edge hub that answers no questions')
    this.#line.take(reply)
  }

  #packed(packed: Packed): void {
    if (!this.features.includes(DEFLATE)) throw outOfOrder(`packed events without the feature ${DEFLATE}`)
    const publish = (frames: Uint8Array) => this.#publisher.publish(frames, 0, frames.length)
    unpackEvents(packed, this.#largestFrame, publish)
  }

  /** The gap has a number, like the events around it, so that one sent again is not reported again. */
  #gap({ from, to, reason, cursor }: Gap): void {
    const counter = parseCursor(cursor).seq
    const number = counter === 0 ? undefined : { stream: this.#stream, counter }
    const stored = () => {
      if (counter > 0 && !this.#isClosed) this.#connection.send('accepted', { counter })
    }
    const failed = () => {
      if (!this.#isClosed) this.#connection.fail(new TocsinError('TCN_BUS_SUSPENDED'))
    }
    if (!this.#edge.gap({ from, to, reason }, number, stored, failed)) failed()
  }
}

/** Throws TCN_PROTOCOL_BODY. */
export function checkEdge({ edge, producer }: Hello): void {
  if (edge === undefined) return
  if (!isEdgeName(edge.name))
    throw notValid('hello: edge.name must be 1 to 64 letters, digits, dots, dashes and underscores')
  if (producer === undefined) throw notValid('hello: an edge hub needs a producer')
}

/** Identifies a peer, and tells of edge hubs that are not let in. */
export function identifyHello(
  listener: Listener,
  { token, edge }: Hello,
  edges: Edges,
): Identity | Promise<Identity> {
  const refused = (thrown: unknown): never => {
    if (edge !== undefined) edges.refused({ name: edge.name, principal: '', address: listener.address })
    throw thrown
  }
  try {
    const identity = identifyPeer(listener, token)
    return identity instanceof Promise ? identity.catch(refused) : identity
  } catch (thrown) {
    return refused(thrown)
  }
}
