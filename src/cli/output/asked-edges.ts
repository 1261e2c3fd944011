import { TocsinError } from '../../errors/tocsin-error.js'
import type { AskedEdges } from '../../methods/contract/index.js'
import type { Io } from '../io.js'
import { plural } from '../terminal/figures.js'

/** Hubs that a note names. */
const NAMED = 10

/** `412 of 500 edge hubs answered; 88 did not: …`; undefined if all did. */
export function askedText({ asked, answered, missing }: AskedEdges): string | undefined {
  if (answered === asked && missing.length === 0) return undefined
  const named = missing
    .slice(0, NAMED)
    .map(({ edge, reason }) => `${edge === '' ? '@here' : edge} (${reason})`)
  const rest = asked - answered - named.length
  const more = rest > 0 ? ` and ${rest} more` : ''
  const who = named.length === 0 ? '' : `: ${named.join(', ')}${more}`
  return `${answered} of ${plural(asked, 'edge hub')} answered; ${asked - answered} did not${who}`
}

/** Says who has not answered; with `strict`, ends with TCN_EDGE_MISSING. */
export async function noteAsked(
  io: Pick<Io, 'note'>,
  asked: AskedEdges,
  { strict }: { strict?: boolean } = {},
): Promise<void> {
  const text = askedText(asked)
  if (text === undefined) return
  if (strict) throw new TocsinError('TCN_EDGE_MISSING', text)
  io.note(text)
}
