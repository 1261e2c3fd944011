import { codeOf } from '../errors/thrown.js'
import type { Runtime } from '../event/runtime.js'
import type { TraceContext } from '../event/trace-context.js'

/** Some work that takes time. */
export interface Work {
  readonly name: string
  readonly subsystem: string
  /** 0: for everybody, to 3: for debugging only. */
  readonly verbosity?: number
  /** The work that it is a part of, here or in another program. */
  readonly parent?: TraceContext
  readonly links?: readonly TraceContext[]
  readonly attributes?: Attributes
  /** Number of the session that it is done for. Default: that of the work that it is a part of. */
  readonly usid?: number
  /** Number of the transaction; set for a phase of a commit. */
  readonly transaction?: number
}

export type Attributes = Readonly<Record<string, string | number>>

/** That some work begins, ends, or has got to some place. */
export interface Step {
  readonly type: 'start' | 'stop' | 'info'
  readonly work: Work
  readonly span: TraceContext
  /** µs since the epoch */
  readonly time: number
  /** µs; of a stop */
  readonly duration?: number
  readonly text: string
  readonly annotation?: string
}

export interface ProgressReader {
  /** Returns whether the work is reported now. */
  admits(work: Work): boolean
  step(step: Step): void
}

/** Reports long work in spans to one reader. While there is none, spans are not made. */
export class Progress {
  reader: ProgressReader | undefined
  readonly #runtime: Pick<Runtime, 'now' | 'monotonic' | 'random'>

  constructor(runtime: Pick<Runtime, 'now' | 'monotonic' | 'random'>) {
    this.#runtime = runtime
  }

  /** Returns undefined if nobody wants to know. */
  begin(work: Work): Span | undefined {
    if (this.reader?.admits(work) !== true) return undefined
    const { parent, usid } = work
    return new Span(
      this,
      this.#runtime,
      parent instanceof Span ? { ...work, usid: usid ?? parent.usid } : work,
    )
  }

  /** Reports the work from its beginning to its end, and why it has failed. */
  async run<T>(work: Work, does: (span: Span | undefined) => Promise<T> | T): Promise<T> {
    const span = this.begin(work)
    try {
      const result = await does(span)
      span?.end()
      return result
    } catch (error) {
      span?.end(codeOf(error) ?? 'failed')
      throw error
    }
  }
}

/** Work that is being reported. */
export class Span implements TraceContext {
  readonly traceId: string
  readonly spanId: string
  readonly #progress: Progress
  readonly #runtime: Pick<Runtime, 'now' | 'monotonic'>
  readonly #work: Work
  readonly #begun: number

  constructor(progress: Progress, runtime: Pick<Runtime, 'now' | 'monotonic' | 'random'>, work: Work) {
    const id = (bytes: number) => Buffer.from(runtime.random(bytes)).toString('hex')
    this.#progress = progress
    this.#runtime = runtime
    this.#work = work
    this.traceId = work.parent?.traceId ?? id(16)
    this.spanId = id(8)
    this.#begun = runtime.monotonic()
    this.#step({ type: 'start' })
  }

  get usid(): number | undefined {
    return this.#work.usid
  }

  info(text: string): void {
    this.#step({ type: 'info', text })
  }

  /** `annotation`: how it ended, unless well. */
  end(annotation?: string): void {
    const duration = Math.max(0, Math.round((this.#runtime.monotonic() - this.#begun) * 1000))
    this.#step({ type: 'stop', duration, annotation })
  }

  #step(step: Pick<Step, 'type' | 'duration' | 'annotation'> & { text?: string }): void {
    const { traceId, spanId } = this
    const time = this.#runtime.now()
    const work = this.#work
    this.#progress.reader?.step({ text: work.name, ...step, work, span: { traceId, spanId }, time })
  }
}
