import type { IncomingMessage } from 'node:http'
import { TocsinError } from '../../errors/tocsin-error.js'

/** Returns the type among `types` that the client prefers, or the first one. Throws TCN_HTTP_NOT_ACCEPTABLE. */
export function negotiate({ headers }: IncomingMessage, types: readonly string[]): string {
  const accepted = (headers.accept ?? '*/*').toLowerCase().split(',').slice(0, MAX_RANGES).map(range)
  const ranked = types
    .map((type) => ({ type, quality: qualityOf(type, accepted) }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
  if (ranked.length > 0) return ranked[0].type
  throw new TocsinError('TCN_HTTP_NOT_ACCEPTABLE', `this path answers with ${types.join(', ')}`, {
    details: { types },
  })
}

interface Range {
  type: string
  quality: number
}

const MAX_RANGES = 32

function range(text: string): Range {
  const [type, ...parameters] = text.split(';').map((part) => part.trim())
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
  return { type, quality: quality === undefined ? 1 : Number(quality) || 0 }
}

/** Returns the quality of the most precise range that matches the type. */
function qualityOf(type: string, accepted: readonly Range[]): number {
  const group = `${type.split('/')[0]}/*`
  const named = [type, group, '*/*'].map((wanted) => accepted.find((each) => each.type === wanted))
  return named.find((each) => each !== undefined)?.quality ?? 0
}
