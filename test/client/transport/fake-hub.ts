import type { Dial, Transport, TransportEvents } from '../../../src/client/transport/transport.js'
import { type ControlName, decodeRecord, encodeRecord } from '../../../src/protocols/native/codec.js'
import type { RecordBodies } from '../../../src/protocols/native/protocol.js'

export const welcome: RecordBodies['welcome'] = {
  version: 1,
  features: [],
  epoch: 'e',
  source: 's',
  largestFrame: 1024,
  lastCounter: 0,
  durable: false,
  principal: 'p',
  hub: { name: 'h', version: '0' },
}

/** A hub without a network: what it says is received at once. */
export class FakeHub implements Transport {
  events!: TransportEvents
  readonly heard: ControlName[] = []
  isPaused = false
  isEnded = false
  pending = 0

  dial: Dial = async (events) => {
    this.events = events
    return this
  }

  say<N extends ControlName>(name: N, body: RecordBodies[N]): void {
    this.events.received(encodeRecord(name, body))
  }

  write(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      const record = decodeRecord(piece[4], piece, 5, piece.length)
      if (record !== undefined) this.heard.push(record.name)
    }
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  end(): void {
    this.isEnded = true
  }
}
