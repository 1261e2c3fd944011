import { z } from 'zod'
import { TocsinError } from '../../errors/tocsin-error.js'
import { type Method, method } from '../method.js'
import * as results from '../results/edges.js'
import { audited } from './asking.js'
import { edgeParams, edgesIn } from './edge-params.js'
import type { OpenQuestions } from './open-questions.js'
import { type AskingContext, EdgeQuestion } from './question.js'
import { readEdges } from './reading.js'

/** Methods about the state of edge hubs, which take no parameters. */
const ABOUT_STATE = ['hub.status', 'log.info'] as const

/** The methods that only edge hubs answer. `own`: those of this hub. */
export function edgeMethods(context: AskingContext, open: OpenQuestions, own: readonly Method[]): Method[] {
  return [readEdges(context, open), askEdges(context, open, own)]
}

function askEdges(context: AskingContext, open: OpenQuestions, own: readonly Method[]): Method {
  return method({
    name: 'edges.ask',
    summary: 'Asks edge hubs for their state, and returns the answer of each.',
    right: 'monitor',
    params: z.object({
      edges: edgeParams.edges.unwrap(),
      timeout: edgeParams.timeout,
      method: z.enum(ABOUT_STATE).describe('The method that each of them answers.'),
    }),
    result: results.edgesAsked,
    run: (call, params) =>
      open.one(call.principal, async () => {
        const asked = own.find(({ name }) => name === params.method)
        if (asked === undefined) throw new TocsinError('TCN_METHOD_UNKNOWN')
        const { edges } = params
        const timeout = edgesIn(params)?.timeout ?? 0
        const question = new EdgeQuestion(context, call, asked, { edges, timeout })
        return audited(question, {}, async () => {
          const hubs = question.asked.filter(({ choice }) => choice === undefined)
          for (const hub of question.asked)
            if (!hubs.includes(hub)) question.miss(hub.stream, new TocsinError('TCN_EDGE_SILENT', NOT_BEHIND))
          const found = await question.ask(
            hubs,
            params.method,
            () => ({}),
            (result) => result,
          )
          const answers = hubs.flatMap(({ stream: edge }, nth) =>
            found[nth] === undefined ? [] : [{ edge, result: found[nth] }],
          )
          return { answers, asked: question.report() }
        })
      }),
  })
}

const NOT_BEHIND = 'the state of edge hubs of an edge hub is asked there'
