import type { Principal } from '../../bus/principal.js'
import { visibleTo } from '../../bus/visible-events.js'
import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { type Filter, formatFilter, type Matcher, parseFilter, withCondition } from '../../filter/index.js'
import type { AskedEdges } from '../contract/index.js'
import type { AskableEdge, EdgeLine, Edges } from '../edges.js'
import type { Call, Method } from '../method.js'
import type { BusMethodContext, Wanted } from '../query.js'
import { chooseEdges, type EdgeChoice } from './edge-choice.js'

export interface AskingContext extends BusMethodContext {
  readonly edges: Edges
  /** The labels of an edge hub, by its name. */
  labelsOf(name: string): Readonly<Record<string, string>>
  /** The events that a principal may see. */
  seenBy(principal: Principal): Filter
}

/** Hubs that are named as missing. */
const MAX_MISSING = 1_000
const ID_BYTES = 12
/** Requests that are sent in one turn of the event loop. */
const SENT_AT_ONCE = 128

/** One of the hubs that are asked, or an edge hub through which others are. */
export interface HubToAsk {
  /** Its name; the empty one is that of this hub. With `/` at its end, it stands for edge hubs behind the hub. */
  readonly stream: string
  /** True if it answers about every event that it has. */
  readonly all: boolean
  readonly choice: string | undefined
  ask(method: string, params: Record<string, unknown>, signal: AbortSignal): Promise<unknown>
}

export interface QuestionParams {
  edges: string
  /** ms */
  timeout: number
}

interface Missing {
  edge: string
  code: string
  reason: string
}

/** One question of a principal to several hubs. */
export class EdgeQuestion {
  /** The same at all hubs. */
  readonly id: string
  readonly asked: readonly HubToAsk[]
  readonly #visible: Matcher
  readonly #call: Call
  readonly #context: AskingContext
  readonly #method: Method
  readonly #params: QuestionParams
  readonly #missing = new Map<string, Missing>()
  /** Counts of the edge hubs of other hubs, by the stream of these. */
  readonly #below = new Map<string, { asked: number; answered: number }>()
  #events = 0
  #bytes = 0

  /** `own`: the method as this hub runs it about itself. Throws TCN_ACCESS_DENIED or TCN_EDGE_CHOICE. */
  constructor(context: AskingContext, call: Call, own: Method, params: QuestionParams) {
    this.#context = context
    this.#call = call
    this.#method = own
    this.#params = params
    const { edges, authorize } = context
    const { principal } = call
    this.#visible = visibleTo(authorize, principal)
    this.id = Buffer.from(context.runtime.random(ID_BYTES)).toString('hex')
    if (!authorize(principal, 'ask'))
      throw new TocsinError('TCN_ACCESS_DENIED', 'a question to edge hubs needs the right "ask"', {
        details: { right: 'ask' },
      })
    const { unknown, ...chosen } = this.#choose(edges.askable())
    this.asked = this.#askedOf(chosen)
    for (const name of unknown) {
      this.#unasked++
      this.miss(name, new TocsinError('TCN_EDGE_UNKNOWN'))
    }
  }

  #choose(known: Iterable<AskableEdge>): EdgeChoice {
    const { authorize, labelsOf } = this.#context
    const { principal } = this.#call
    return chooseEdges(this.#params.edges, known, labelsOf, (name) => authorize(principal, 'ask', name))
  }

  /** The hubs to ask when an edge hub has attached: itself, its own edge hubs, or none. */
  join(edge: AskableEdge): HubToAsk[] {
    const chosen = this.#choose([edge])
    return this.#askedOf({ ...chosen, here: false })
  }

  /** Returns whether the hub was missing or is new, and forgets that it was missing. */
  isBack({ stream }: HubToAsk): boolean {
    return this.#missing.delete(stream) || !this.asked.some((hub) => hub.stream === stream)
  }

  /** Returns whether the principal may see an event that a hub has answered with. */
  isVisible(bytes: Uint8Array, at: number): boolean {
    return this.#visible.matches(bytes, at)
  }

  get events(): number {
    return this.#events
  }

  count(events: number, bytes: number): void {
    this.#events += events
    this.#bytes += bytes
  }

  isMissing({ stream }: HubToAsk): boolean {
    return this.#missing.has(stream)
  }

  /**
   * Asks hubs at the same time. The outcomes are in their order; undefined for a hub that has not answered in time, or
   * with an error, which is then named as missing. `read` throws if an answer makes no sense.
   */
  async ask<Answer>(
    hubs: readonly HubToAsk[],
    method: string,
    paramsOf: (hub: HubToAsk) => Record<string, unknown>,
    read: (answer: unknown, hub: HubToAsk) => Answer,
  ): Promise<(Answer | undefined)[]> {
    const { signal } = this.#call
    const late = new AbortController()
    const cancel = this.#context.runtime.after(this.#params.timeout, () => late.abort())
    const end = AbortSignal.any([signal, late.signal])
    const one = async (hub: HubToAsk): Promise<Answer | undefined> => {
      try {
        return read(await hub.ask(method, paramsOf(hub), end), hub)
      } catch (error) {
        signal.throwIfAborted()
        this.miss(hub.stream, late.signal.aborted ? new TocsinError('TCN_EDGE_LATE') : error)
        return undefined
      }
    }
    try {
      const answers: Promise<Answer | undefined>[] = []
      for (let at = 0; at < hubs.length; at += SENT_AT_ONCE) {
        if (at > 0) await this.#context.bus.budget.turn(this.#call.principal.name)
        answers.push(...hubs.slice(at, at + SENT_AT_ONCE).map(one))
      }
      return await Promise.all(answers)
    } finally {
      cancel()
    }
  }

  miss(stream: string, thrown: unknown): void {
    const { code, message } = toTocsinError(thrown, 'TCN_METHOD_FAILED')
    if (!this.#missing.has(stream)) this.#missing.set(stream, { edge: stream, code, reason: message })
  }

  /** Takes the report of a hub about its own edge hubs, which it has asked. */
  takeBelow(stream: string, { asked, answered, missing }: AskedEdges): void {
    this.#below.set(stream, { asked, answered })
    for (const { edge, code, reason } of missing)
      if (this.#missing.size < MAX_MISSING)
        this.#missing.set(`${stream}${edge}`, { edge: `${stream}${edge}`, code, reason })
  }

  /** Which hubs have answered, and which have not. */
  report(): AskedEdges {
    let asked = 0
    let answered = 0
    for (const { stream } of this.asked) {
      const below = this.#below.get(stream)
      asked += below?.asked ?? 1
      answered += below?.answered ?? (this.#missing.has(stream) ? 0 : 1)
    }
    asked += this.#unasked
    return { asked, answered, missing: [...this.#missing.values()].slice(0, MAX_MISSING) }
  }

  /** The error of a question to which no hub has answered. */
  nothingAnswered(): TocsinError {
    const asked = this.report()
    const [first] = asked.missing
    const why = first === undefined ? '' : `: ${first.edge === '' ? 'this hub' : first.edge}, ${first.reason}`
    return new TocsinError('TCN_EDGE_NONE', `none of ${asked.asked} has answered${why}`, {
      details: { asked },
    })
  }

  /** Publishes that the question has ended. */
  audit({ filters }: Wanted = {}, error?: TocsinError): void {
    const { principal, face, address } = this.#call
    const { asked, answered } = this.report()
    this.#context.edges.questionEnded({
      question: this.id,
      ...{ principal: principal.name, face, address, method: this.#method.name },
      edges: this.#params.edges.slice(0, 256),
      filters,
      ...{ asked, answered, events: this.#events, bytes: this.#bytes },
      result: error?.code ?? 'ok',
    })
  }

  /** Hubs that were chosen and cannot be asked. */
  #unasked = 0

  #askedOf({ here, edges, through }: Omit<EdgeChoice, 'unknown'>): HubToAsk[] {
    const asked: HubToAsk[] = []
    if (here) asked.push(this.#here())
    const add = (edge: (typeof edges)[number], stream: string, choice: string | undefined) => {
      const { isUp, answers } = edge
      if (isUp && answers !== undefined) asked.push(this.#over(answers.line, stream, answers.all, choice))
      else {
        this.#unasked++
        this.miss(stream, new TocsinError(isUp ? 'TCN_EDGE_SILENT' : 'TCN_EDGE_AWAY'))
      }
    }
    for (const edge of edges) add(edge, edge.name, undefined)
    for (const { edge, choice } of through) add(edge, `${edge.name}/`, choice)
    return asked
  }

  #over(line: EdgeLine, stream: string, all: boolean, choice: string | undefined): HubToAsk {
    const { principal } = this.#call
    const ask: HubToAsk['ask'] = (method, params, signal) =>
      line.ask(method, {
        ...{ question: this.id, by: principal.name, signal },
        params: choice === undefined ? params : { ...params, edges: choice, timeout: this.#params.timeout },
      })
    return { stream, all: all && choice === undefined, choice, ask }
  }

  #here(): HubToAsk {
    const own = this.#method
    const ask: HubToAsk['ask'] = async (_, params, signal) => {
      const checked = own.params.safeParse(params)
      if (!checked.success) throw new TocsinError('TCN_METHOD_PARAMS', checked.error.issues[0].message)
      return own.run({ ...this.#call, signal }, checked.data)
    }
    return { stream: '', all: true, choice: undefined, ask }
  }
}

/** The filter of a question, with what the principal may see. */
export function filtersFor(context: AskingContext, { principal }: Call, { filters, where }: Wanted): object {
  const wanted = parseFilter(where === undefined ? filters : withCondition(filters, where))
  const seen = context.seenBy(principal)
  if (seen.op === 'everything') return formatFilter(wanted)
  return { all: [formatFilter(wanted), formatFilter(seen)] }
}
