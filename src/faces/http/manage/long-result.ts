import { iterateFrames } from '../../../event/index.js'
import { isLongList } from '../../../incremental/steps.js'
import type { HttpContext } from '../context.js'
import { eventSteps, JOINED_LENGTH, LONG_ANSWER_BYTES } from '../read/long-answer.js'
import { resultView } from './result-view.js'

type Steps = Generator<readonly Uint8Array[], void>

type LongResult = (before: string, after: string) => Steps

/** Makes the JSON of a result with many or large events, or with a long list, in steps; undefined for other results. */
export function longResult(context: HttpContext, result: unknown): LongResult | undefined {
  if (typeof result !== 'object' || result === null) return undefined
  return longEvents(context, result) ?? longList(context, result)
}

function longEvents(
  context: HttpContext,
  { frame, frames, ...rest }: { frame?: unknown; frames?: unknown },
): LongResult | undefined {
  const bytes = frames ?? frame
  if (!(bytes instanceof Uint8Array) || bytes.length <= LONG_ANSWER_BYTES) return undefined
  const [opening, closing] = bytes === frames ? ['{"events":[', ']'] : ['{"event":', '']
  const end = `${closing}${following(membersOf(context, rest))}}`
  return (before, after) =>
    eventSteps(context.texts, iterateFrames(bytes), {
      before: `${before}${opening}`,
      between: ',',
      after: `${end}${after}`,
    })
}

/** The members keep their order. */
function longList(context: HttpContext, result: object): LongResult | undefined {
  const members = Object.entries(result)
  const at = members.findIndex(([, value]) => isLongList(value))
  if (at < 0) return undefined
  const [name, list] = members[at]
  const othersBefore = membersOf(context, Object.fromEntries(members.slice(0, at)))
  const othersAfter = membersOf(context, Object.fromEntries(members.slice(at + 1)))
  const start = `{${othersBefore === '' ? '' : `${othersBefore},`}${JSON.stringify(name)}:[`
  const end = `]${following(othersAfter)}}`
  return (before, after) => listSteps(context, list, [`${before}${start}`, `${end}${after}`])
}

function* listSteps(
  context: HttpContext,
  items: readonly unknown[],
  [before, after]: readonly [string, string],
): Steps {
  let text = before
  for (const [nth, item] of items.entries()) {
    text += `${nth === 0 ? '' : ','}${JSON.stringify(resultView(context, item)) ?? 'null'}`
    if (text.length < JOINED_LENGTH) continue
    yield [Buffer.from(text)]
    text = ''
  }
  yield [Buffer.from(text + after)]
}

/** The JSON of some members of a result, without braces. */
function membersOf(context: HttpContext, members: object): string {
  return JSON.stringify(resultView(context, members)).slice(1, -1)
}

function following(members: string): string {
  return members === '' ? '' : `,${members}`
}
