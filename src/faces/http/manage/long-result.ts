import { iterateFrames } from '../../../event/index.js'
import type { HttpContext } from '../context.js'
import { eventSteps, LONG_ANSWER_BYTES } from '../read/long-answer.js'
import { resultView } from './result-view.js'

type Steps = Generator<readonly Uint8Array[], void>

/** Makes the JSON of a result with many or large events in steps; undefined for other results. */
export function longResult(
  context: HttpContext,
  result: unknown,
): ((before: string, after: string) => Steps) | undefined {
  if (typeof result !== 'object' || result === null) return undefined
  const { frame, frames, ...rest }: { frame?: unknown; frames?: unknown } = result
  const bytes = frames ?? frame
  if (!(bytes instanceof Uint8Array) || bytes.length <= LONG_ANSWER_BYTES) return undefined
  const others = JSON.stringify(resultView(context, rest)).slice(1)
  const [opening, closing] = bytes === frames ? ['{"events":[', ']'] : ['{"event":', '']
  return (before, after) =>
    eventSteps(context.texts, iterateFrames(bytes), {
      before: `${before}${opening}`,
      between: ',',
      after: `${closing}${others === '}' ? '' : ','}${others}${after}`,
    })
}
