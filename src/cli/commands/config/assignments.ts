import { parseDocument } from 'yaml'
import { TocsinError } from '../../../errors/tocsin-error.js'

/** Reads `key=value …`, or one key and its value. A value is YAML. */
export function editsOf(words: readonly string[]): { key: string; value: unknown }[] {
  const [first, second, third] = words
  if (!first.includes('=') && words.length === 2) return [{ key: first, value: readValue(first, second) }]
  if (second === '=' && words.length === 3) return [{ key: first, value: readValue(first, third) }]
  return words.map((word) => {
    const at = word.indexOf('=')
    if (at < 1) throw new TocsinError('TCN_USAGE', `${word}: write key=value`)
    const key = word.slice(0, at).trim()
    return { key, value: readValue(key, word.slice(at + 1)) }
  })
}

function readValue(key: string, text: string): unknown {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined)
    throw new TocsinError('TCN_USAGE', `${key}: the value is not YAML: ${error.message}`)
  const value = document.toJS({ maxAliasCount: 0 }) as unknown
  if (value !== null) return value
  throw new TocsinError(
    'TCN_USAGE',
    `${key}: the value is empty; to get the default: tocsin config delete ${key}`,
  )
}
