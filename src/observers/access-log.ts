import { toTocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import type { Call } from '../methods/method.js'

type Caller = Pick<Call, 'principal' | 'address'>

/** Longest name of a method that a line repeats. */
const MAX_NAME = 80

/** A request that was answered, or a connection that ended. */
export interface Access {
  readonly principal: string
  /** Absent for a peer on this machine. */
  readonly address?: string
  /** The request, such as `POST /v1/types.list`. */
  readonly what: string
  /** The status, or the code of the error. */
  readonly result: string
  readonly ms: number
  /** True if a browser asked for a page. */
  readonly isPage?: boolean
  /** True for a request of NETCONF. */
  readonly isNetconf?: boolean
}

/** The requests of all faces, for one reader. Faces prepare nothing while there is none. */
export class AccessLog {
  reader: ((access: Access) => void) | undefined

  /** True if somebody wants to know. */
  get isRead(): boolean {
    return this.reader !== undefined
  }

  ended(access: Access): void {
    this.reader?.(access)
  }

  /** Reports a request to one of the hub's methods with what becomes of it. */
  async watch<T>(
    runtime: Pick<Runtime, 'monotonic'>,
    by: Caller,
    what: string,
    work: Promise<T>,
  ): Promise<T> {
    const since = runtime.monotonic()
    const ended = (result: string) => {
      const { principal, address } = by
      this.ended({
        principal: principal.name,
        address,
        what: what.slice(0, MAX_NAME),
        result,
        ms: runtime.monotonic() - since,
      })
    }
    try {
      const result = await work
      ended('ok')
      return result
    } catch (error) {
      ended(toTocsinError(error, 'TCN_METHOD_FAILED').code)
      throw error
    }
  }
}
