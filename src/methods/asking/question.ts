import type { Principal } from '../../bus/principal.js'
import { visibleTo } from '../../bus/visible-events.js'
import { knownCode } from '../../errors/known-code.js'
import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { type Filter, formatFilter, type Matcher, parseFilter, withCondition } from '../../filter/index.js'
import type { AskableEdge, EdgeLine } from '../askable-edge.js'
import { Cancellation } from '../cancellation.js'
import type { AskedEdges } from '../contract/index.js'
import type { Edges } from '../edges.js'
import type { Call, Method } from '../method.js'
import type { BusMethodContext, Wanted } from '../query.js'
import { chooseEdges, type EdgeChoice, HERE, type NamedEdge } from './edge-choice.js'

export interface AskingContext extends BusMethodContext {
  readonly edges: Edges
  /** The labels of an edge hub, by its name. */
  labelsOf(name: string): Readonly<Record<string, string>>
  /** The events that a principal may see. */
  seenBy(principal: Principal): Filter
}

/** Hubs that are named as missing. */
const MAX_MISSING = 1_000
const MAX_REASON = 300
const ID_BYTES = 12
/** Requests that are sent in one turn of the event loop. */
const SENT_AT_ONCE = 128
/** Part of the time that hubs have for their own edge hubs, so that their answer comes in time. */
const TIME_BELOW = 0.8
/** The name of an edge hub with those of the hubs through which it is reached. */
export const EDGE_PATH = /^[A-Za-z0-9._:-]{1,129}(?:\/[A-Za-z0-9._:-]{1,129}){0,15}$/

/** One of the hubs that are asked, or an edge hub through which others are. */
export interface HubToAsk {
  /** Its name; the empty one is that of this hub. With `/` at its end, it stands for its own edge hubs. */
  readonly stream: string
  /** True if it answers about every event that it has. */
  readonly all: boolean
  readonly choice: string | undefined
  ask(method: string, params: Record<string, unknown>, cancellation: Cancellation): Promise<unknown>
}

export interface QuestionParams {
  edges: string
  /** ms */
  timeout: number
}

export interface QuestionMethod {
  /** The name that audits give. */
  readonly name: string
  /** The method that this hub runs about itself. */
  readonly own: Method
}

type MissingEdge = AskedEdges['missing'][number]

/** One question of a principal to several hubs. */
export class EdgeQuestion {
  /** The same at all hubs. */
  readonly id: string
  readonly asked: readonly HubToAsk[]
  readonly #visible: Matcher
  readonly #call: Call
  readonly #context: AskingContext
  readonly #method: QuestionMethod
  readonly #params: QuestionParams
  readonly #missing = new Map<string, MissingEdge>()
  /** Counts of the edge hubs of other hubs, by the stream of these. */
  readonly #below = new Map<string, { asked: number; answered: number }>()
  /** Hubs that were chosen and cannot be asked. */
  #unasked = 0
  #events = 0
  #bytes = 0

  /** Finds out who is to be asked. Rejects with TCN_ACCESS_DENIED or TCN_EDGE_CHOICE. */
  static async begin(
    context: AskingContext,
    call: Call,
    method: QuestionMethod,
    params: QuestionParams,
  ): Promise<EdgeQuestion> {
    if (!context.authorize(call.principal, 'ask')) throw notAllowed()
    if (params.edges !== HERE) await context.edges.elsewhere?.refresh()
    return new EdgeQuestion(context, call, method, params)
  }

  private constructor(context: AskingContext, call: Call, method: QuestionMethod, params: QuestionParams) {
    this.#context = context
    this.#call = call
    this.#method = method
    this.#params = params
    const { edges, authorize, runtime } = context
    const { principal } = call
    this.#visible = visibleTo(authorize, principal)
    this.id = call.question ?? Buffer.from(runtime.random(ID_BYTES)).toString('hex')
    const { unknown, ...chosen } = this.#choose(edges.askable())
    this.asked = this.#askedOf(chosen)
    this.#unasked = chosen.edges.length + chosen.through.length + Number(chosen.here) - this.asked.length
    for (const name of unknown) {
      this.#unasked++
      this.miss(name, new TocsinError('TCN_EDGE_UNKNOWN'))
    }
    const others = params.edges === HERE ? undefined : edges.elsewhere
    for (const { hub, error } of others?.unheard ?? []) {
      this.#unasked++
      this.miss(`@${hub}`, error)
    }
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

  /** Forgets that a hub was missing. */
  found({ stream }: HubToAsk): void {
    this.#missing.delete(stream)
  }

  /** The hubs to ask when an edge hub has attached: itself, its own edge hubs, or none. */
  join(name: string): HubToAsk[] {
    return this.#askedOf({ ...this.#choose(this.#context.edges.named(name)), here: false })
  }

  /** Throws TCN_ACCESS_DENIED if the principal has other rights than when it has asked. */
  checkRights(): void {
    const { authorize } = this.#context
    const { principal } = this.#call
    if (!authorize(principal, 'ask')) throw notAllowed()
    if (visibleTo(authorize, principal).key !== this.#visible.key)
      throw new TocsinError('TCN_ACCESS_DENIED', 'the rights have changed since the question was asked')
  }

  /** Returns whether the principal may see an event that a hub has answered with. */
  isVisible(bytes: Uint8Array, at: number): boolean {
    return this.#visible.matches(bytes, at)
  }

  /**
   * Asks hubs at the same time. The outcomes are in their order; undefined for a hub that has not answered in time, or
   * with an error, which is then named as missing. `read` throws if an answer makes no sense.
   */
  async ask<Answer>(
    hubs: readonly HubToAsk[],
    method: string,
    paramsOf: (hub: HubToAsk, nth: number) => Record<string, unknown>,
    read: (answer: unknown, hub: HubToAsk, nth: number) => Answer,
  ): Promise<(Answer | undefined)[]> {
    this.checkRights()
    const { signal, principal } = this.#call
    const [cancellation, end] = Cancellation.with(signal)
    const late = new TocsinError('TCN_EDGE_LATE')
    const stop = this.#context.runtime.after(this.#params.timeout, () => cancellation.cancel(late))
    const one = async (hub: HubToAsk, nth: number): Promise<Answer | undefined> => {
      try {
        return read(await hub.ask(method, paramsOf(hub, nth), cancellation), hub, nth)
      } catch (error) {
        if (!signal.aborted) this.miss(hub.stream, cancellation.reason === late ? late : error)
        return undefined
      }
    }
    try {
      const answers: Promise<Answer | undefined>[] = []
      for (const [nth, hub] of hubs.entries()) {
        if (nth > 0 && nth % SENT_AT_ONCE === 0) await this.#context.bus.budget.turn(principal.name)
        answers.push(one(hub, nth))
      }
      const found = await Promise.all(answers)
      signal.throwIfAborted()
      return found
    } finally {
      stop()
      end()
    }
  }

  miss(stream: string, thrown: unknown): void {
    const { code, message } = toTocsinError(thrown, 'TCN_METHOD_FAILED')
    if (!this.#missing.has(stream)) this.#missing.set(stream, { edge: stream, code, reason: message })
  }

  /** Takes the report of a hub about its own edge hubs, which it has asked. It may say nothing of others. */
  takeBelow({ stream, choice }: HubToAsk, report: AskedEdges | undefined): void {
    if (choice === undefined || report === undefined) return
    const { asked, missing } = report
    this.#below.set(stream, { asked, answered: Math.min(asked, report.answered) })
    for (const { edge, code, reason } of missing) {
      if (this.#missing.size >= MAX_MISSING || !EDGE_PATH.test(`${stream}${edge}`)) continue
      const path = `${stream}${edge}`
      this.#missing.set(path, { edge: path, code: knownCode(code), reason: reason.slice(0, MAX_REASON) })
    }
  }

  /** Which hubs have answered, and which have not. */
  report(): AskedEdges {
    let asked = this.#unasked
    let answered = 0
    for (const { stream } of this.asked) {
      const isMissing = this.#missing.has(stream)
      const below = isMissing ? undefined : this.#below.get(stream)
      asked += below?.asked ?? 1
      answered += below?.answered ?? (isMissing ? 0 : 1)
    }
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

  /** Publishes that the question has ended, unless another hub has begun it, which does so. */
  audit({ filters, where }: Wanted = {}, error?: TocsinError): void {
    const { principal, face, address, question } = this.#call
    if (question !== undefined) return
    const { asked, answered } = this.report()
    this.#context.edges.questionEnded({
      question: this.id,
      ...{ principal: principal.name, face, address, method: this.#method.name },
      edges: this.#params.edges.slice(0, 256),
      ...{ filters, where, asked, answered, events: this.#events, bytes: this.#bytes },
      result: error?.code ?? 'ok',
    })
  }

  #choose(known: Iterable<AskableEdge>): EdgeChoice {
    const { authorize, labelsOf } = this.#context
    const { principal } = this.#call
    return chooseEdges(this.#params.edges, known, labelsOf, (name) => authorize(principal, 'ask', name))
  }

  #askedOf({ here, edges, through }: Omit<EdgeChoice, 'unknown'>): HubToAsk[] {
    const asked: HubToAsk[] = here ? [this.#here()] : []
    const add = ({ edge: { isUp, answers } }: NamedEdge, stream: string, choice: string | undefined) => {
      if (isUp && answers !== undefined) asked.push(this.#over(answers.line, stream, answers.all, choice))
      else this.miss(stream, new TocsinError(isUp ? 'TCN_EDGE_SILENT' : 'TCN_EDGE_AWAY'))
    }
    for (const named of edges) add(named, named.name, undefined)
    for (const named of through) add(named, `${named.name}/`, named.choice)
    return asked
  }

  #over(line: EdgeLine, stream: string, all: boolean, choice: string | undefined): HubToAsk {
    const { principal } = this.#call
    const timeout = Math.max(100, Math.round(this.#params.timeout * TIME_BELOW))
    const ask: HubToAsk['ask'] = (method, params, cancellation) =>
      line.ask(method, {
        ...{ question: this.id, by: principal.name, cancellation },
        params: choice === undefined ? params : { ...params, edges: choice, timeout },
      })
    return { stream, all: all && choice === undefined, choice, ask }
  }

  #here(): HubToAsk {
    const { own } = this.#method
    const ask: HubToAsk['ask'] = async (_, params, cancellation) => {
      const checked = own.params.safeParse(params)
      if (!checked.success) throw new TocsinError('TCN_METHOD_PARAMS', checked.error.issues[0].message)
      const abort = new AbortController()
      const end = cancellation.onCancel(() => abort.abort(cancellation.reason))
      try {
        return await own.run({ ...this.#call, signal: abort.signal }, checked.data)
      } finally {
        end()
      }
    }
    return { stream: '', all: true, choice: undefined, ask }
  }
}

function notAllowed(): TocsinError {
  return new TocsinError('TCN_ACCESS_DENIED', 'a question to edge hubs needs the right "ask"', {
    details: { right: 'ask' },
  })
}

/** The filter of a question, with what the principal may see. */
export function filtersFor(context: AskingContext, { principal }: Call, { filters, where }: Wanted): object {
  const wanted = parseFilter(where === undefined ? filters : withCondition(filters, where))
  const seen = context.seenBy(principal)
  if (seen.op === 'everything') return formatFilter(wanted)
  return { all: [formatFilter(wanted), formatFilter(seen)] }
}
