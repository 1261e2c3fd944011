import { jsonView, keyText } from '../event/json/view.js'
import { decode } from '../event/msgpack/decoder.js'
import { kindAt } from '../event/msgpack/find.js'
import { contentStart, type JsonDialect, type Key, type LongScalar, PieceWriter } from './piece-writer.js'

/** The text of `JSON.stringify(jsonView(…))` for sound msgpack, in pieces, some of which are empty. */
export function jsonPieces(bytes: Uint8Array, start: number, end: number): Generator<string, void> {
  return new PieceWriter(plainJson, bytes, start, end).pieces()
}

const plainJson: JsonDialect = {
  comma: ',',
  colon: ':',
  short: (bytes, start, end) => JSON.stringify(jsonView(decode(bytes, start, end))),
  key(bytes, start, end): Key {
    const text = keyText(decode(bytes, start, end))
    return { order: text, text }
  },
  long(bytes, at, end): LongScalar {
    const start = contentStart(bytes, at)
    switch (kindAt(bytes, at)) {
      case 'text':
        return { as: 'text', before: '"', start, end, after: '"' }
      case 'bytes':
        return { as: 'base64', before: '"', start, end, after: '"' }
      default: {
        // Nothing that has a representation of its own is so long.
        const type = (bytes[start - 1] << 24) >> 24
        return { as: 'base64', before: `{"ext":${type},"bytes":"`, start, end, after: '"}' }
      }
    }
  },
}
