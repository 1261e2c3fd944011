import type { PublisherApi } from '../../bus/api.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Welcome } from '../../protocols/native/protocol.js'

/** Events that a client which names single refusals may have sent without an answer, at most. */
const OLD_WINDOW = 16_384
/** Refusals in one welcome, so that it stays a short record. */
const MAX_SINGLE = 1000

type Refusing = Pick<PublisherApi, 'lastCounter' | 'refusals'>

/**
 * Returns the refused events that a client has to know: those after the counter `knows`. For a client that does not
 * say it, each refusal that it may not have heard of is named by itself. Throws TCN_BUS_REFUSALS if these are too
 * many.
 */
export function knownRefusals(
  { lastCounter, refusals }: Refusing,
  knows: number | undefined,
): Pick<Welcome, 'refused' | 'forgotten'> {
  if (refusals === undefined) return {}
  const { forgotten } = refusals
  if (knows === undefined) return { refused: singleRefusals(lastCounter, refusals) }
  const refused = refusals
    .after(knows)
    .map(({ first, last, code }) =>
      first === last ? { counter: last, code } : { first, counter: last, code },
    )
  return {
    ...(refused.length > 0 && { refused }),
    ...(forgotten > knows && { forgotten }),
  }
}

function singleRefusals(
  lastCounter: number,
  refusals: NonNullable<Refusing['refusals']>,
): Welcome['refused'] {
  const from = Math.max(0, lastCounter - OLD_WINDOW)
  const refused: { counter: number; code: string }[] = []
  for (const { first, last, code } of refusals.after(from)) {
    for (let counter = first; counter <= last; counter++) {
      if (refused.length === MAX_SINGLE && counter <= lastCounter) throw new TocsinError('TCN_BUS_REFUSALS')
      if (refused.length === MAX_SINGLE) break
      refused.push({ counter, code })
    }
  }
  if (refusals.forgotten > from) throw new TocsinError('TCN_BUS_REFUSALS')
  return refused.length > 0 ? refused : undefined
}
