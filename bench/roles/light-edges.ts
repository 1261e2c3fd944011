import { setTimeout as pause } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { encodeFrame, setFrameSeq, setFrameTime } from '../../src/event/frame.js'
import { encode } from '../../src/event/index.js'
import { parseTime } from '../../src/event/position.js'
import { RecordSplitter } from '../../src/event/splitter.js'
import { decodeRecord, encodeRecord } from '../../src/protocols/native/codec.js'
import { PROTOCOL_VERSION, type Request } from '../../src/protocols/native/protocol.js'
import { pauseBefore } from '../../src/upstream/backoff.js'
import { serveCalls } from '../harness/child.js'
import type { TlsAddress } from '../sides/tls-hub.js'

export interface LightEdgesOptions {
  address: TlsAddress
}

/** Connections that begin at the same time when edge hubs are added. */
const AT_ONCE = 16
/**
 * Connections under way at the same time. 10,000 machines answer a core at once; one process that began them all would
 * answer each after all others, seconds later.
 */
const UNDER_WAY = 64
/** Events that each of them has. */
const EVENTS = 3

/** Lets a bounded number of connections begin, in their order. */
class Turns {
  #underWay = 0
  readonly #waiting: (() => void)[] = []

  async enter(): Promise<() => void> {
    if (this.#underWay === UNDER_WAY) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#underWay++
    return () => {
      const next = this.#waiting.shift()
      if (next === undefined) this.#underWay--
      else next()
    }
  }
}

const turns = new Turns()

/** Edge hubs without a log: each answers with the same few events. */
class LightEdge {
  readonly #epoch: string
  readonly #name: string
  #socket: TLSSocket | undefined
  isAttached = false
  #attempts = 0

  constructor(nth: number) {
    this.#name = `light${nth}`
    this.#epoch = `0lightedge${nth.toString(36).padStart(3, '0')}`
  }

  async attach(): Promise<void> {
    const leave = await turns.enter()
    await this.#attach()
    leave()
  }

  #attach(): Promise<void> {
    const { port, ca, token } = address
    return new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca })
      this.#socket = socket
      const splitter = new RecordSplitter(
        {
          onEvents: () => undefined,
          onRecord: (op, bytes, start, end) => {
            const record = decodeRecord(op, bytes, start, end)
            if (record?.name === 'request') this.#answer(record.body)
            else if (record?.name === 'ping') socket.write(encodeRecord('pong', record.body))
            if (record?.name !== 'welcome') return
            this.isAttached = true
            this.#attempts = 0
            resolve()
          },
        },
        1 << 20,
      )
      socket.on('data', (chunk) => splitter.push(chunk))
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.isAttached = false
        resolve()
        const pause = pauseBefore(this.#attempts++, 'TCN_CLIENT_UNREACHABLE', Math.random())
        if (!isOver) setTimeout(() => void this.attach(), pause)
      })
      const edge = { name: this.#name, answers: 'all' as const }
      const producer = `edge:${this.#name}:${this.#epoch}`
      const hello = { version: PROTOCOL_VERSION, features: ['edge'], producer, token, edge }
      socket.write(encodeRecord('hello', hello))
    })
  }

  #answer({ id, method, params }: Request): void {
    const { params: asked } = params as { params: Record<string, string> }
    const result = method === 'events.read' ? this.#page(asked) : countOf(asked)
    this.#socket?.write(encodeRecord('reply', { id, result }))
  }

  /** Nothing is left after the first page. */
  #page({ from }: Record<string, string>): object {
    const isFirst = from === 'start' || parseTime(from) !== undefined
    return {
      frames: isFirst ? frames : new Uint8Array(0),
      count: isFirst ? EVENTS : 0,
      cursor: `${this.#epoch}-${EVENTS}`,
      first: 1,
      gaps: [],
    }
  }
}

function countOf({ from, to }: Record<string, string>): object {
  const [start, end] = [parseTime(from) ?? 0, parseTime(to) ?? 0]
  const span = { from: start, to: end, start, step: end - start }
  return { ...span, counts: [EVENTS], exact: true, total: EVENTS }
}

function framesNow(): Uint8Array {
  return Buffer.concat(
    Array.from({ length: EVENTS }, (_, n) => {
      const body = encode({ n, text: 'x'.repeat(150) })
      const frame = encodeFrame({ tag: 'bench/light', source: 'host/light', body })
      setFrameSeq(frame, 0, n + 1)
      setFrameTime(frame, 0, Date.now() * 1000 - (EVENTS - n) * 60e6)
      return frame
    }),
  )
}

const frames = framesNow()
const edges: LightEdge[] = []
let address: TlsAddress
let isOver = false

serveCalls({
  start(options: LightEdgesOptions) {
    address = options.address
  },
  async add(number: number) {
    for (let left = number; left > 0; left -= AT_ONCE) {
      const some = Array.from({ length: Math.min(left, AT_ONCE) }, (_, n) => new LightEdge(edges.length + n))
      edges.push(...some)
      await Promise.all(some.map((edge) => edge.attach()))
      await pause(0)
    }
  },
  open: () => edges.filter(({ isAttached }) => isAttached).length,
  end() {
    isOver = true
  },
})
