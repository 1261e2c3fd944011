import { bodyStart } from '../../../event/frame.js'
import type { Event } from '../../../event/index.js'
import { compilePath, find, kindAt } from '../../../event/msgpack/find.js'
import { msgpackToPythonJson } from '../codec/msgpack-to-python-json.js'
import { pythonJson } from '../codec/python-json.js'
import { isoformat } from '../codec/stamp.js'

const STAMP = compilePath(['_stamp'])

/** `{"data": {…}, "tag": "…"}` as Python writes it. */
export function eventJson(event: Event): string {
  return `{"data": ${dataJson(event)}, "tag": ${pythonJson(event.tag)}}`
}

/** Data of a Salt bus as it is; that of others as a map with a time. */
function dataJson(event: Event): string {
  const { bytes, end } = event
  const start = bodyStart(bytes, event.at)
  const json = msgpackToPythonJson(bytes, {}, start, end)
  const isMap = kindAt(bytes, start) === 'map'
  if (isMap && (event.source.startsWith('salt/') || find(bytes, start, end, STAMP) >= 0)) return json
  const stamp = `"_stamp": "${isoformat(event.time)}"}`
  if (!isMap) return `{"data": ${json}, ${stamp}`
  return json === '{}' ? `{${stamp}` : `${json.slice(0, -1)}, ${stamp}`
}
