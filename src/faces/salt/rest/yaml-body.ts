import { type Document, isScalar, parseDocument, visit } from 'yaml'
import { TocsinError } from '../../../errors/tocsin-error.js'

/**
 * To parse YAML takes a hundred times as long as JSON of the same size, and it cannot be done in steps. A login is a few
 * names, so strangers may send less.
 */
export const MAX_YAML_BYTES = 4 * 1024
export const MAX_YAML_BYTES_OF_STRANGERS = 1024
const MAX_ALIASES = 100

/** Parses YAML 1.1, the version that Python reads. Throws TCN_HTTP_BODY. */
export function yamlData(text: string): unknown {
  try {
    const document = parseDocument(text, { version: '1.1', logLevel: 'silent' })
    for (const error of document.errors) throw error
    checkKeys(document)
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (error) {
    throw new TocsinError('TCN_HTTP_BODY', 'Invalid YAML document', { cause: error })
  }
}

/**
 * Refuses lists and maps as keys, as Python does. To turn such a key into text takes twice as long with each level: a few
 * hundred bytes would stop the hub.
 */
function checkKeys(document: Document): void {
  visit(document, {
    Pair(_, { key }) {
      if (key !== null && !isScalar(key)) throw new TypeError('a key is a list, a map or an alias')
    },
  })
}
