import type { Event } from '../../event/event.js'
import { asFields } from '../../event/json/object.js'
import { quoted, UnwantedEvents } from '../delivery-fault.js'
import { HttpFault } from '../http/http-client.js'
import type { PostAnswer } from '../http/post.js'

/** The answer of a hub that has taken a part of a batch. */
const IN_PART = 207

/** Throws for the events of a batch that another hub has refused one by one. All others of it are stored there. */
export async function deliveredBatch(events: readonly Event[], posted: Promise<PostAnswer>): Promise<void> {
  const answer = await posted.catch((thrown: unknown) => {
    if (thrown instanceof HttpFault) throw unwantedIn(events, thrown.body) ?? thrown
    throw thrown
  })
  const unwanted = answer.status === IN_PART ? unwantedIn(events, answer.body) : undefined
  if (unwanted !== undefined) throw unwanted
}

/** A hub has an item for each event in order, with a code where it has refused it. */
function unwantedIn(events: readonly Event[], body: Buffer): UnwantedEvents | undefined {
  const said = asFields(readAnswer(body))
  const items = said.items ?? asFields(said.details).items
  if (!Array.isArray(items) || items.length !== events.length) return undefined
  const refusals = items.map((item) => asFields(item))
  const unwanted = events.filter((_, index) => typeof refusals[index].code === 'string')
  const first = refusals.find(({ code }) => typeof code === 'string')
  if (first === undefined) return undefined
  return new UnwantedEvents(unwanted, `refused: ${quoted(`${first.detail} (${first.code})`)}`)
}

function readAnswer(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
