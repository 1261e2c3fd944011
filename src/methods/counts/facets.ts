import { z } from 'zod'
import { TocsinError } from '../../errors/tocsin-error.js'
import { formatFilter } from '../../filter/index.js'
import { edgeParams } from '../asking/edge-params.js'
import type { Facets, FacetsParams } from '../contract/index.js'
import { type Call, type Method, method } from '../method.js'
import {
  type BusMethodContext,
  parseWanted,
  UNBOUNDED,
  type Wanted,
  wantedParams,
  whichTime,
  work,
} from '../query.js'
import * as results from '../results/events.js'
import type { Question } from './chunk-counter.js'
import { Count } from './count.js'
import { countRange, Reached } from './count-range.js'
import { fieldReader } from './field-reader.js'
import { countedIn, type Span } from './histogram-count.js'
import { Counting, OngoingQuestions } from './ongoing.js'
import { coverageOf, keyOf, patienceParams } from './patience.js'
import { questionOf, spanOf } from './question.js'
import { QuestionQueue } from './question-queue.js'
import { tagBranches } from './tag-branches.js'

const MAX_VALUES = 1000
const MAX_PREFIX_LENGTH = 1024
const SECOND = 1e6

export function facetMethods(context: BusMethodContext, queue = new QuestionQueue()): Method[] {
  const questions = new OngoingQuestions<Facets>(context, queue)
  return [
    method({
      name: 'events.facets',
      summary: 'Lists the values of a field in a period, the most frequent first.',
      right: 'see',
      params: z
        .object({
          ...wantedParams,
          ...edgeParams,
          ...patienceParams,
          field: z
            .string()
            .max(1024)
            .describe(
              'As in filters: `type`, `source`, `tag` (its first two segments), an attribute, `data.…`.',
            ),
          under: z
            .string()
            .min(1)
            .max(MAX_PREFIX_LENGTH)
            .optional()
            .describe('For `tag`: counts only tags that begin with this, up to their next `/` after it.'),
          from: z.string().default('-1h').describe('Default: an hour ago.'),
          to: z.string().default('now').describe('Default: now.'),
          time: whichTime,
          limit: z.number().int().min(1).max(MAX_VALUES).default(20),
        })
        .meta({ id: 'FacetsParams' }),
      result: results.facets,
      run: (call, params) =>
        questions.ask(
          call,
          `facets ${keyOf(params)}`,
          params,
          () => new FacetCounting(context, call, params),
        ),
    }),
  ]
}

type AskedFacets = FacetsParams & { from: string; to: string; limit: number }

class FacetCounting extends Counting<Facets> {
  readonly #context: BusMethodContext
  readonly #principal: Call['principal']
  readonly #asked: AskedFacets
  readonly #question: Question
  readonly #count = new Count()
  #span!: Span
  #reached!: Reached

  constructor(context: BusMethodContext, call: Call, asked: AskedFacets) {
    super()
    this.#context = context
    this.#principal = call.principal
    this.#asked = asked
    this.#question = questionAbout(context, call, asked)
  }

  protected async prepare(signal: AbortSignal): Promise<void> {
    this.#span = await spanOf(this.#context, { principal: this.#principal, signal }, this.#asked)
    this.#reached = new Reached(this.#span.to)
  }

  protected async count(signal: AbortSignal): Promise<void> {
    const { log } = this.#context.bus
    const range = { ...(await countedIn(log, this.#span)), at: () => this.#count }
    const limits = work(this.#context, { principal: this.#principal, signal }, UNBOUNDED)
    await countRange(log, this.#question, range, limits, this.#reached)
    this.#reached.after = undefined
  }

  soFar(): Facets {
    const count = this.#count
    const reader = this.#question.by!
    const top = reader.top?.(count, this.#asked.limit) ?? count.top(this.#asked.limit)
    const coverage = coverageOf(this.#reached, count.total, count.missed, endOfSecond)
    return {
      field: reader.name,
      from: this.#span.from,
      to: this.#span.to,
      values: coverage.exact ? top : top.map((each) => ({ ...each, atLeast: true as const })),
      ...(count.missed === 0 && { other: top.reduce((rest, { count }) => rest - count, count.total) }),
      ...coverage,
    }
  }
}

function endOfSecond(micros: number): number {
  return (Math.floor(micros / SECOND) + 1) * SECOND
}

function questionAbout(context: BusMethodContext, call: Call, asked: FacetsParams): Question {
  const { under } = asked
  const reader = fieldReader(asked.field, context)
  if (reader.list === 'prefixes') {
    const wanted = under === undefined ? asked : below(under, asked)
    return questionOf(context, call, wanted, tagBranches(reader.name, under))
  }
  if (under !== undefined)
    throw new TocsinError('TCN_METHOD_PARAMS', 'events.facets: params.under: is only for the field tag')
  return questionOf(context, call, asked, reader)
}

function below(prefix: string, wanted: Wanted): Wanted {
  return { filters: { all: [formatFilter(parseWanted(wanted)), { prefix: { tag: prefix } }] } }
}
