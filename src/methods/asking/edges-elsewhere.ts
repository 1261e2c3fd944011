import { z } from 'zod'
import type { Access } from '../../access/index.js'
import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import type { AskableEdge, EdgeLine, EdgeRequest, OtherEdges } from '../askable-edge.js'
import { Cancellation } from '../cancellation.js'
import { isEdgeName } from '../edge-name.js'
import type { Edges } from '../edges.js'

/** Time for another hub to name its edge hubs, ms. */
const LIST_MS = 3_000
/** Time for which the list of other hubs is good enough for the state of this one, ms. */
const FRESH_MS = 10_000
/** Time for an answer through another hub, ms: more than questions and readers that follow wait. */
const ANSWER_MS = 65_000
/** The answer of an edge hub must fit into one message between hubs. */
const MOST_BYTES = 384 * 1024

/** The other hubs that share the log. */
export interface OtherMembers {
  readonly others: readonly { readonly id: string; readonly name: string }[]
  /** Rejects with the error of the other hub, or with TCN_CLUSTER_NO_ANSWER. */
  request(id: string, request: unknown, ms: number): Promise<unknown>
}

const text = z.string().max(255)
const known = z.object({
  edges: z.array(z.tuple([text.refine(isEdgeName), text, z.enum(['silent', 'some', 'all'])])),
})
const request = z.union([
  z.object({ list: z.literal(true) }),
  z.object({
    edge: text,
    principal: text,
    method: text,
    question: text,
    by: text,
    params: z.record(text, z.unknown()),
  }),
])

/** The edge hubs that are attached at other hubs of the cluster, and how they are asked. */
export class EdgesElsewhere implements OtherEdges {
  /** Other hubs that have not said which edge hubs they have, with the reason. */
  unheard: readonly { readonly hub: string; readonly error: TocsinError }[] = []
  readonly #members: OtherMembers
  readonly #runtime: Pick<Runtime, 'monotonic'>
  readonly #isPrimary: () => boolean
  #asked = Number.NEGATIVE_INFINITY
  #edges: ReadonlyMap<string, readonly AskableEdge[]> = new Map()
  #refreshing: Promise<void> | undefined

  constructor(members: OtherMembers, runtime: Pick<Runtime, 'monotonic'>, isPrimary: () => boolean) {
    this.#members = members
    this.#runtime = runtime
    this.#isPrimary = isPrimary
  }

  speaksFor(hub: string): boolean {
    return this.#isPrimary() && this.#members.others.every(({ name }) => name !== hub)
  }

  look(): void {
    if (this.#runtime.monotonic() - this.#asked >= FRESH_MS) void this.refresh()
  }

  /** Asks the other hubs which edge hubs they have. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  find({ principal, name }: Pick<AskableEdge, 'principal' | 'name'>): AskableEdge | undefined {
    return this.named(name).find((edge) => edge.principal === principal)
  }

  named(name: string): readonly AskableEdge[] {
    return this.#edges.get(name) ?? []
  }

  *[Symbol.iterator](): Iterator<AskableEdge> {
    for (const edges of this.#edges.values()) yield* edges
  }

  async #refresh(): Promise<void> {
    this.#asked = this.#runtime.monotonic()
    const found = new Map<string, AskableEdge[]>()
    const unheard: { hub: string; error: TocsinError }[] = []
    const one = async ({ id, name: hub }: OtherMembers['others'][number]) => {
      try {
        const answer = known.parse(await this.#members.request(id, { list: true }, LIST_MS))
        for (const [name, principal, answers] of answer.edges) {
          const line = this.#line(id, principal, name)
          const offered = answers === 'silent' ? undefined : { line, all: answers === 'all' }
          const others = (found.get(name) ?? []).filter((edge) => edge.principal !== principal)
          found.set(name, [...others, { name, principal, isUp: true, answers: offered }])
        }
      } catch (thrown) {
        unheard.push({ hub, error: toTocsinError(thrown, 'TCN_CLUSTER_NO_ANSWER') })
      }
    }
    await Promise.all(this.#members.others.map(one))
    this.#edges = found
    this.unheard = unheard
  }

  #line(hub: string, principal: string, edge: string): EdgeLine {
    return {
      ask: (method, { cancellation, params, ...question }: EdgeRequest) => {
        const asked = { edge, principal, method, ...question, params: withinMessage(params) }
        return unlessCancelled(cancellation, this.#members.request(hub, asked, ANSWER_MS))
      },
    }
  }
}

function withinMessage(params: EdgeRequest['params']): EdgeRequest['params'] {
  return typeof params.bytes === 'number' ? { ...params, bytes: Math.min(params.bytes, MOST_BYTES) } : params
}

function unlessCancelled<Result>(cancellation: Cancellation, answer: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancelled = () =>
      reject(new TocsinError('TCN_CLIENT_ABORTED', undefined, { cause: cancellation.reason }))
    if (cancellation.isCancelled) return cancelled()
    const end = cancellation.onCancel(cancelled)
    answer.then(resolve, reject).finally(end)
  })
}

/** Names the edge hubs of this hub to the others of the cluster, and asks one for them. */
export function edgesForOthers(
  edges: Edges,
  access: Pick<Access, 'authorize' | 'principal'>,
  runtime: Pick<Runtime, 'after'>,
): (asked: unknown) => Promise<unknown> {
  return async (asked) => {
    const wanted = request.parse(asked)
    if ('list' in wanted) return { edges: [...edges.attachedHere()].map(listed) }
    const { edge, by, method, params, question } = wanted
    if (!access.authorize(access.principal(by), 'ask', edge))
      throw new TocsinError('TCN_ACCESS_DENIED', `${by} may not ask ${edge}`)
    const found = [...edges.attachedHere(edge)].find((each) => each.principal === wanted.principal)
    if (found === undefined)
      throw new TocsinError('TCN_EDGE_AWAY', 'it has left the hub to which it was attached')
    if (found.answers === undefined) throw new TocsinError('TCN_EDGE_SILENT')
    const cancellation = new Cancellation()
    const stop = runtime.after(ANSWER_MS, () => cancellation.cancel())
    try {
      return await found.answers.line.ask(method, { question, by, params, cancellation })
    } finally {
      stop()
    }
  }
}

function listed({ name, principal, answers }: AskableEdge): unknown[] {
  return [name, principal, answers === undefined ? 'silent' : answers.all ? 'all' : 'some']
}
