export interface NatsFaultOptions {
  cause?: unknown
  /** JetStream's number for the error. */
  number?: number
}

/** Why a request to NATS had no result. */
export class NatsFault extends Error {
  /** `unreachable`: nobody answered, and the request may have been carried out. `refused`: the server said no. */
  readonly kind: 'unreachable' | 'refused'
  readonly number: number

  constructor(kind: NatsFault['kind'], message: string, { cause, number = 0 }: NatsFaultOptions = {}) {
    super(message, { cause })
    this.kind = kind
    this.number = number
  }

  static is(thrown: unknown, number?: number): thrown is NatsFault {
    return thrown instanceof NatsFault && (number === undefined || thrown.number === number)
  }

  /** The name of the library's error behind it; empty if there is none. */
  get library(): string {
    const { cause } = this
    if (cause instanceof NatsFault) return cause.library
    return cause instanceof Error ? cause.name : ''
  }
}

/** Returns whether the request has failed because NATS knows of nobody that listens to its subject. */
export function isUnheard(thrown: unknown): boolean {
  return NatsFault.is(thrown) && thrown.library === 'NoResponders'
}

/** JetStream's numbers of errors that are expected. */
export const Refusal = {
  full: 10023,
  noMessage: 10037,
  noStream: 10059,
  streamExists: 10058,
  wrongLastSequence: 10071,
  noJetStream: 10076,
} as const
