import { asFields } from '../event/json/object.js'

/** A request of the hub there. */
export interface AskedOfEdge {
  /** The same in all requests that belong to one question. */
  readonly question: string
  /** The principal there that asks. */
  readonly by: string
  readonly method: string
  readonly params: Record<string, unknown>
}

/** The events in an answer; no bytes if it has none. */
export function framesOf(result: unknown): Uint8Array {
  const { frames } = asFields(result)
  return frames instanceof Uint8Array ? frames : new Uint8Array(0)
}
