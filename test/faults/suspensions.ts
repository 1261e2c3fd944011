import type { ConnectionStatus } from '../../src/client/index.js'

/** Why a hub could not store what a client has published, as it said when it ended the connection. */
export class Suspensions {
  readonly reasons = new Set<string>()
  /** Resolves with the first reason. */
  readonly first: Promise<string>
  #isFirst: (reason: string) => void = () => undefined

  constructor() {
    this.first = new Promise((resolve) => {
      this.#isFirst = resolve
    })
  }

  readonly onStatus = ({ status, code, reason }: ConnectionStatus): void => {
    if (status !== 'reconnecting' || code !== 'TCN_BUS_SUSPENDED') return
    this.reasons.add(reason)
    this.#isFirst(reason)
  }
}
