import type { IncomingMessage } from 'node:http'
import { TocsinError } from '../../errors/tocsin-error.js'

/** Returns the type among `types` that the client prefers, or the first one. Throws TCN_HTTP_NOT_ACCEPTABLE. */
export function negotiate({ headers }: IncomingMessage, types: readonly string[]): string {
  const accepted = rangesIn(headers.accept ?? '*/*')
  const [preferred] = ranked(types, (type) => [type, `${type.split('/')[0]}/*`, '*/*'], accepted)
  if (preferred !== undefined) return preferred
  throw new TocsinError('TCN_HTTP_NOT_ACCEPTABLE', `this path answers with ${types.join(', ')}`, {
    details: { types },
  })
}

/** Returns the coding among `codings` that the client prefers, or the first one; undefined if it accepts none of them. */
export function acceptedCoding<Coding extends string>(
  { headers }: Pick<IncomingMessage, 'headers'>,
  codings: readonly Coding[],
): Coding | undefined {
  const accepted = rangesIn(String(headers['accept-encoding'] ?? ''))
  return ranked(codings, (coding) => [coding, '*'], accepted)[0]
}

interface Range {
  name: string
  quality: number
}

const MAX_RANGES = 32

function rangesIn(header: string): Range[] {
  return header.toLowerCase().split(',').slice(0, MAX_RANGES).map(range)
}

function range(text: string): Range {
  const [name, ...parameters] = text.split(';').map((part) => part.trim())
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
  return { name, quality: quality === undefined ? 1 : Number(quality) || 0 }
}

/** Those that are accepted, the most wanted first. `rangesOf`: the ranges that contain one, the most precise first. */
function ranked<Name extends string>(
  names: readonly Name[],
  rangesOf: (name: Name) => readonly string[],
  accepted: readonly Range[],
): Name[] {
  const qualityOf = (name: Name) =>
    rangesOf(name)
      .map((wanted) => accepted.find((each) => each.name === wanted))
      .find((each) => each !== undefined)?.quality ?? 0
  return names.filter((name) => qualityOf(name) > 0).sort((a, b) => qualityOf(b) - qualityOf(a))
}
