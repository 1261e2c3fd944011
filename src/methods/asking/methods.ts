import { z } from 'zod'
import { TocsinError } from '../../errors/tocsin-error.js'
import { type Call, type Method, method } from '../method.js'
import * as results from '../results/edges.js'
import { audited } from './asking.js'
import { edgeParams, edgesIn } from './edge-params.js'
import type { OpenQuestions } from './open-questions.js'
import { type AskingContext, EDGE_PATH, EdgeQuestion, type HubToAsk } from './question.js'
import { readEdges } from './reading.js'

/** Methods about the state of edge hubs, which take no parameters. */
const ABOUT_STATE = ['hub.status', 'log.info'] as const
/** Their answers are sent as one part. */
const ASKED_AT_ONCE = 200

type StateAnswer = z.output<typeof results.edgeAnswers>['answers'][number]

/** The methods that only edge hubs answer. `own`: those of this hub. */
export function edgeMethods(context: AskingContext, open: OpenQuestions, own: readonly Method[]): Method[] {
  const read = own.find(({ name }) => name === 'events.read')
  return [
    ...(read ? [readEdges(context, open, read)] : []),
    askEdges(context, open, own),
    forgetEdges(context),
  ]
}

function forgetEdges({ edges }: AskingContext): Method {
  return method({
    name: 'edges.forget',
    summary: 'Forgets edge hubs that are away for good. One that comes back is known again.',
    notes:
      'Answers of edge hubs no longer name them as missing. Either all of the names are forgotten or none.',
    right: 'admin',
    params: z.object({ names: z.array(z.string().max(64)).min(1).max(1000) }),
    result: results.edgesForgotten,
    changes: ({ names }) => ({ names }),
    run: async (_call, { names }) => ({ forgotten: await edges.forget([...new Set(names)]) }),
  })
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
        return audited(question, {}, () => tellStates(call, question, params.method))
      }),
  })
}

/** An edge hub that is asked for its own edge hubs returns all answers; others get them in parts. */
async function tellStates(
  call: Call,
  question: EdgeQuestion,
  method: string,
): Promise<z.output<typeof results.edgesAsked>> {
  const collected: StateAnswer[] = []
  const tell = async (answers: StateAnswer[]) => {
    if (call.question !== undefined) collected.push(...answers)
    else if (answers.length > 0) await call.part({ answers })
  }
  const present = question.asked.filter((hub) => !question.isMissing(hub))
  const direct = present.filter(({ choice }) => choice === undefined)
  for (let at = 0; at < direct.length; at += ASKED_AT_ONCE) {
    const some = direct.slice(at, at + ASKED_AT_ONCE)
    const found = await question.ask(
      some,
      method,
      () => ({}),
      (result) => result,
    )
    await tell(some.flatMap(({ stream: edge }, nth) => answerFrom(edge, found[nth])))
  }
  const through = present.filter(({ choice }) => choice !== undefined)
  const below = await question.ask(through, 'edges.ask', () => ({ method }), statesBelow)
  for (const [nth, answer] of below.entries()) {
    question.takeBelow(through[nth], answer?.asked)
    await tell(answer?.answers ?? [])
  }
  return { asked: question.report(), ...(call.question !== undefined && { answers: collected }) }
}

function answerFrom(edge: string, result: unknown): StateAnswer[] {
  return result === undefined ? [] : [{ edge, result }]
}

/** The hub may be of another version, or hostile: it may tell of its own edge hubs only. Throws TCN_EDGE_ANSWER. */
function statesBelow(answer: unknown, { stream }: HubToAsk): z.output<typeof results.edgesAsked> {
  const { success, data } = results.edgesAsked.safeParse(answer)
  if (!success) throw new TocsinError('TCN_EDGE_ANSWER')
  const named = (data.answers ?? []).map(({ edge, result }) => ({ edge: `${stream}${edge}`, result }))
  return { ...data, answers: named.filter(({ edge }) => EDGE_PATH.test(edge)) }
}
