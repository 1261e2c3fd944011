import { Document, isScalar, visit } from 'yaml'
import { escapeJson } from '../terminal/text.js'
import type { EventFormat } from './formats.js'

const invisible = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

/** One document, its `---` line first. Control characters only appear escaped. */
export function yamlDocument(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false })
  visit(document, {
    Scalar(_key, node) {
      if (isScalar(node) && typeof node.value === 'string' && invisible.test(node.value))
        node.type = 'QUOTE_DOUBLE'
    },
  })
  // The remaining control characters are in double quotes, where JSON escapes are valid.
  return `---\n${escapeJson(document.toString({ lineWidth: 0 }))}`
}

/** The CloudEvent as one YAML document. */
export function yamlFormat(toObject: (event: Parameters<EventFormat['encode']>[0]) => unknown): EventFormat {
  return { binary: false, encode: (event) => yamlDocument(toObject(event)) }
}
