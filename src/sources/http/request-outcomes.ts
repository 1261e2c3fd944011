import { TocsinError } from '../../errors/tocsin-error.js'
import type { SourceContext } from '../source.js'

/** Notices how the requests to a source end, for its health. The answer says it to their senders. */
export class RequestOutcomes {
  readonly #context: Pick<SourceContext, 'attempt'>
  /** Requests that were refused, and why the last one was. */
  refused = 0
  lastRefusal: string | undefined
  /** Why none can be taken at present. */
  fault: string | undefined

  constructor(context: Pick<SourceContext, 'attempt'>) {
    this.#context = context
  }

  async of<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work()
      this.fault = undefined
      return result
    } catch (thrown) {
      if (TocsinError.is(thrown)) this.#refuse(thrown)
      else this.#fail(thrown)
      throw thrown
    }
  }

  #refuse({ code, message, cause }: TocsinError): void {
    this.refused++
    this.lastRefusal = `${message} (${code})`
    if (code === 'TCN_HOOK_CLOSED') this.fault = cause instanceof Error ? cause.message : message
  }

  #fail(thrown: unknown): void {
    const fail = () => {
      throw thrown
    }
    this.#context.attempt(fail, () => ({ raw: '' }))
  }
}
