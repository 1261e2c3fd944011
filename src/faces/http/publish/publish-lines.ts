import { TocsinError, toTocsinError } from '../../../errors/tocsin-error.js'
import { nextTurn, type Runtime } from '../../../event/runtime.js'
import { isLongJson, readJsonEvents } from '../../../incremental/read-json.js'
import { finished } from '../../../incremental/steps.js'
import { checkEncoding, receive, tooMuchHeld } from '../../web/body.js'
import type { HttpContext } from '../context.js'
import { problemOf } from '../problem.js'
import { AnswerLines } from '../read/answer-lines.js'
import type { RouteCall } from '../route.js'
import { traceOf } from './event-input.js'
import type { RepeatableRequest } from './idempotency.js'
import { LineSplitter } from './line-splitter.js'
import { lastCursor, type Outcome, type RefusedItem, refusedCount } from './outcome.js'
import { type AckLevel, Publication } from './publication.js'

/**
 * Publishes an unbounded number of JSON lines, one event each, as they arrive. Nothing is read ahead while the log is
 * busy. Refusals are reported line by line in the meantime; the last line of the answer is a summary.
 */
export async function publishLines(
  context: HttpContext,
  call: RouteCall,
  ack: AckLevel,
  repeatable: RepeatableRequest | undefined,
): Promise<undefined> {
  const { principal, reply, signal } = call
  const { raw } = call.request
  checkEncoding(raw)
  const answer = new AnswerLines(reply, context.runtime)
  const refused = ({ number, ...item }: RefusedItem) => void answer.write({ line: number, ...item })
  if (repeatable?.isAnswered) {
    const again = receive(raw, context, { within: 'each', signals: [signal] })
    for await (const chunk of again) repeatable.add(chunk)
    const outcome = repeatable.answer()
    outcome.refused.forEach(refused)
    answer.end(summary(outcome, undefined, context))
    return
  }
  const publication = new Publication(context, { principal, ack, repeatable, trace: traceOf(raw), refused })
  const signals = [signal, publication.signal]
  let problem: TocsinError | undefined
  try {
    const chunks = receive(raw, context, { within: 'each', signals })
    await publishAll(chunks, publication, repeatable, context, call)
    await publication.settle()
    await repeatable?.keep(publication.outcome())
  } catch (error) {
    problem = toTocsinError(error, 'TCN_INTERNAL')
  } finally {
    publication.close()
  }
  const outcome = publication.outcome()
  if (problem !== undefined && !answer.begun && outcome.accepted === 0) throw problem
  answer.end(summary(outcome, problem, context))
}

async function publishAll(
  chunks: AsyncIterable<Buffer>,
  publication: Publication,
  repeatable: RepeatableRequest | undefined,
  { limits, longWork, runtime, stopping }: HttpContext,
  { held, principal, signal }: RouteCall,
): Promise<void> {
  const lines = new LineSplitter(limits.bulkLine, {
    line(bytes) {
      const steps = addLine(publication, bytes, runtime)
      if (isLongJson(bytes)) return longWork.run(principal.name, steps, signal)
      finished(steps)
      return undefined
    },
    takes: (bytes, start, limit) => publication.addLine(bytes, start, limit),
    faulty: (error) => publication.addFaulty(error),
  })
  for await (const chunk of chunks) {
    // The rest is not accepted: the client should be notified before it has sent everything.
    if (stopping()) throw new TocsinError('TCN_BUS_CLOSED', 'the hub stops')
    repeatable?.add(chunk)
    // Otherwise all that the system has received would be parsed before anything else.
    while (!longWork.hasTime) await nextTurn(runtime)
    await lines.push(chunk)
    if (!held.set(lines.heldBytes)) throw tooMuchHeld()
    await publication.send()
  }
  await lines.end()
  await publication.send()
}

function* addLine(publication: Publication, bytes: Buffer, runtime: Runtime): Generator<undefined, void> {
  try {
    const { isList, values } = yield* readJsonEvents(bytes, runtime, 1)
    for (const value of isList ? [[]] : values) publication.add(value)
  } catch (error) {
    if (isBlank(bytes)) publication.pass()
    else publication.addFaulty(toTocsinError(error, 'TCN_HTTP_JSON'))
  }
}

function isBlank(bytes: Buffer): boolean {
  return !isLongJson(bytes) && bytes.toString('utf8').trim() === ''
}

function summary(outcome: Outcome, problem: TocsinError | undefined, { bus }: HttpContext): object {
  return {
    complete: problem === undefined,
    lines: outcome.count,
    accepted: outcome.accepted,
    refused: refusedCount(outcome),
    unlisted: outcome.unlisted,
    cursor: lastCursor(outcome, bus.epoch),
    durable: outcome.durable && problem === undefined,
    problem: problem === undefined ? undefined : problemOf(problem),
  }
}
