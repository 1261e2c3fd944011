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
/** Their answers are sent as one part. */
const ASKED_AT_ONCE = 200

/** The methods that only edge hubs answer. `own`: those of this hub. */
export function edgeMethods(context: AskingContext, open: OpenQuestions, own: readonly Method[]): Method[] {
  const read = own.find(({ name }) => name === 'events.read')
  return [...(read ? [readEdges(context, open, read)] : []), askEdges(context, open, own)]
}

function askEdges(context: AskingContext, open: OpenQuestions, own: readonly Method[]): Method {
  return method({
    name: 'edges.ask',
    summary: 'Asks edge hubs for their state; the answer has parts with the answers of each.',
    right: 'monitor',
    params: z.object({
      edges: edgeParams.edges.unwrap(),
      timeout: edgeParams.timeout,
      method: z.enum(ABOUT_STATE).describe('The method that each of them answers.'),
    }),
    result: results.edgesAsked,
    part: results.edgeAnswers,
    run: (call, params) =>
      open.one(call.principal, async () => {
        const asked = own.find(({ name }) => name === params.method)
        if (asked === undefined) throw new TocsinError('TCN_METHOD_UNKNOWN')
        const { edges } = params
        const timeout = edgesIn(params)?.timeout ?? 0
        const method = { name: 'edges.ask', own: asked }
        const question = await EdgeQuestion.begin(context, call, method, { edges, timeout })
        return audited(question, {}, async () => {
          const hubs = question.asked.filter((hub) => !question.isMissing(hub) && hub.choice === undefined)
          for (const hub of question.asked)
            if (hub.choice !== undefined)
              question.miss(hub.stream, new TocsinError('TCN_EDGE_SILENT', NOT_BEHIND))
          for (let at = 0; at < hubs.length; at += ASKED_AT_ONCE) {
            const some = hubs.slice(at, at + ASKED_AT_ONCE)
            const none = () => ({})
            const found = await question.ask(some, params.method, none, (result) => result)
            const answers = some.flatMap(({ stream: edge }, nth) =>
              found[nth] === undefined ? [] : [{ edge, result: found[nth] }],
            )
            if (answers.length > 0) await call.part({ answers })
          }
          return { asked: question.report() }
        })
      }),
  })
}

const NOT_BEHIND = 'the state of edge hubs of an edge hub is asked there'
