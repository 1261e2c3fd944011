import type { Event } from '../../../event/event.js'
import { bodyStart } from '../../../event/frame.js'
import { compilePath, find, kindAt } from '../../../event/msgpack/find.js'
import { PieceWriter } from '../../../incremental/piece-writer.js'
import { msgpackToPythonJson } from '../../../protocols/salt/codec/msgpack-to-python-json.js'
import { isoformat } from '../../../protocols/salt/codec/python-datetime.js'
import { pythonJson } from '../../../protocols/salt/codec/python-json.js'
import { pythonDialect } from './python-dialect.js'

const STAMP = '_stamp'
const STAMP_PATH = compilePath([STAMP])

/**
 * The event as `{"data": {…}, "tag": "…"}`, as Python writes it: the data of a Salt event unchanged, and the data of
 * other events as a map with a time stamp.
 */
export function eventJson(event: Event): string {
  const { bytes, end } = event
  const start = bodyStart(bytes, event.at)
  const json = msgpackToPythonJson(bytes, {}, start, end)
  const tag = `, "tag": ${pythonJson(event.tag)}}`
  if (!isMap(event)) return `{"data": {"data": ${json}, ${stamp(event)}${tag}`
  if (isOfSalt(event) || find(bytes, start, end, STAMP_PATH) >= 0) return `{"data": ${json}${tag}`
  return `{"data": ${json === '{}' ? '{' : `${json.slice(0, -1)}, `}${stamp(event)}${tag}`
}

/** The same for a long event, in pieces, some of which are empty. */
export function* eventPieces(event: Event): Generator<string, void> {
  const { bytes, end } = event
  const data = new PieceWriter(pythonDialect, bytes, bodyStart(bytes, event.at), end)
  if (isMap(event)) {
    yield '{"data": '
    yield* withoutLast(data.pieces())
    yield isOfSalt(event) || data.hasKey(STAMP) ? '}' : `, ${stamp(event)}`
  } else {
    yield '{"data": {"data": '
    yield* data.pieces()
    yield `, ${stamp(event)}`
  }
  yield `, "tag": ${pythonJson(event.tag)}}`
}

function isMap({ bytes, at }: Event): boolean {
  return kindAt(bytes, bodyStart(bytes, at)) === 'map'
}

function isOfSalt({ source }: Event): boolean {
  return source.startsWith('salt/')
}

/** The last member of a map. */
function stamp({ time }: Event): string {
  return `"${STAMP}": "${isoformat(time)}"}`
}

/** All pieces, without the last character. */
function* withoutLast(pieces: Iterable<string>): Generator<string, void> {
  let last = ''
  for (const piece of pieces) {
    yield piece === '' ? '' : last
    if (piece !== '') last = piece
  }
  yield last.slice(0, -1)
}
