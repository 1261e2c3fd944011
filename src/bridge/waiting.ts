import type { BridgeConfig } from './config.js'

/** The least that may wait for one peer, bytes. Streams do not say when they have sent much less. */
const LEAST_SHARE = 128 * 1024

/** The bytes that wait for all peers together, and the share that one of them may have. */
export class WaitingBytes {
  readonly #limits: Pick<BridgeConfig['limits'], 'buffer' | 'memory'>
  #total = 0
  #peers = 0

  constructor(limits: Pick<BridgeConfig['limits'], 'buffer' | 'memory'>) {
    this.#limits = limits
  }

  get total(): number {
    return this.#total
  }

  /** The bytes that may wait for one peer before its senders are held up. */
  get share(): number {
    const { buffer, memory } = this.#limits
    return Math.min(buffer, Math.max(LEAST_SHARE, Math.floor(memory / Math.max(1, this.#peers))))
  }

  get isOver(): boolean {
    return this.#total > this.#limits.memory
  }

  joined(): void {
    this.#peers++
  }

  left(): void {
    this.#peers--
  }

  changed(by: number): void {
    this.#total += by
  }
}
