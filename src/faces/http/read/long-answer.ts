import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Event } from '../../../event/event.js'
import type { LongWork } from '../../../incremental/long-work.js'
import { LongWriter } from '../../../incremental/long-writer.js'
import { writeCorked } from '../../shared/write-joined.js'
import type { EventTexts } from '../../web/event-text.js'
import type { RouteCall } from '../route.js'

/** An answer with more bytes of frames is written in steps. */
export const LONG_ANSWER_BYTES = 16 * 1024
/** Characters of short events, or of short items of a list, that are written together. */
export const JOINED_LENGTH = 16 * 1024

export type Steps = () => Iterator<readonly Uint8Array[], void>

/** Whose turn the work has to be. */
export interface WorkTurn {
  work: LongWork
  principal: string
}

/** The text before, between and after the events. */
export interface Around {
  before: string
  between: string
  after: string
}

/** The text of events, in steps. */
export function* eventSteps(
  texts: EventTexts,
  events: Iterable<Event>,
  { before, between, after }: Around,
): Generator<readonly Uint8Array[], void> {
  let text = before
  let separator = ''
  for (const event of events) {
    text += separator
    separator = between
    const long = texts.long(event)
    if (long === undefined) text += texts.of(event)
    if (long === undefined && text.length < JOINED_LENGTH) continue
    yield [Buffer.from(text)]
    text = ''
    for (const piece of long?.read() ?? []) yield [piece]
  }
  yield [Buffer.from(text + after)]
}

/** Writes in steps, as fast as the client takes it. Resolves when all is written, or the client has disconnected. */
export function writeSteps(
  response: ServerResponse,
  steps: Steps,
  { work, principal }: WorkTurn,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      writer.stop()
      over()
      resolve()
    }
    const goOn = () => writer.goOn()
    const over = () => response.off('drain', goOn).off('close', stop)
    const writer = new LongWriter(
      {
        principal,
        get unsent() {
          return response.writableLength
        },
        send: (pieces) => writeCorked(response, pieces),
        longDone: stop,
        longFailed(error) {
          over()
          reject(error)
        },
      },
      work,
    )
    response.on('drain', goOn).on('close', stop)
    if (response.destroyed) stop()
    else writer.add([{ bytes: 0, steps }])
  })
}

/** Answers with JSON that is written in steps. */
export async function answerInSteps(
  { reply, request, principal }: RouteCall,
  work: LongWork,
  steps: Steps,
): Promise<void> {
  if (!reply.hasHeader('content-type')) void reply.header('content-type', 'application/json; charset=utf-8')
  if (request.method === 'HEAD') {
    await reply.send()
    return
  }
  const response = takeOver(reply)
  try {
    await writeSteps(response, steps, { work, principal: principal.name })
    response.end()
  } catch {
    // The status has been sent: that the answer is not complete is all that can be said.
    response.destroy()
  }
}

function takeOver(reply: FastifyReply): ServerResponse {
  reply.hijack()
  return reply.raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>)
}
