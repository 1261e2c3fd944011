import { channel } from 'node:diagnostics_channel'
import { messageOf } from '../errors/thrown.js'
import { type TocsinError, toTocsinError } from '../errors/tocsin-error.js'
import { owners } from './owners.js'

/** Told of each fault of the core, before anybody can catch it. */
export const coreFaults = channel('tocsin:core:fault')

/** Something threw in what all parts share, whose state is not known after that. */
export class CoreFault extends Error {
  constructor(thrown: unknown) {
    super(messageOf(thrown), { cause: thrown })
    this.name = 'CoreFault'
  }
}

/** Runs work of the core that a part asks for. A TocsinError is an answer; anything else is a fault of the core. */
export function asCore<Args extends unknown[], Result>(
  work: (...args: Args) => Result,
  ...args: Args
): Result {
  try {
    return owners.run(undefined, work, ...args)
  } catch (thrown) {
    throw asFault(thrown)
  }
}

/** Asks the core for something that it answers later. What it rejects with is told from what a part throws. */
export function coreAnswer<Result>(work: () => Promise<Result>): Promise<Result> {
  return asCore(work).catch((thrown) => {
    throw asFault(thrown)
  })
}

/** Takes the error of a promise of the core that others wait for. */
export function coreRejected(thrown: unknown): void {
  asFault(thrown)
}

/** Runs a callback of the core, whichever part was at work when it was planned. Nobody waits for an answer. */
export function coreCallback(work: () => void): void {
  try {
    owners.run(undefined, work)
  } catch (thrown) {
    throw thrown instanceof CoreFault ? thrown : faultOf(thrown)
  }
}

/** Returns an answer as it is, and anything else as a fault. That the system opens no more files is an answer. */
export function asFault(thrown: unknown): TocsinError | CoreFault {
  if (thrown instanceof CoreFault) return thrown
  const answer = toTocsinError(thrown, 'TCN_INTERNAL')
  return answer === thrown || answer.code !== 'TCN_INTERNAL' ? answer : faultOf(thrown)
}

function faultOf(thrown: unknown): CoreFault {
  const fault = new CoreFault(thrown)
  coreFaults.publish(fault)
  return fault
}
