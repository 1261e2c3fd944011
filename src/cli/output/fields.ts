import { fieldReader, fieldText } from './field.js'
import type { EventFormat, View } from './format.js'

/** `time,tag,data.jid`: the fields, separated by tabs. */
export function fieldsFormat(list: string, view: View): EventFormat {
  const readers = splitFields(list).map((name) => fieldReader(name, view))
  return { binary: false, encode: (event) => `${readers.map((read) => fieldText(read(event))).join('\t')}\n` }
}

/** At commas; a comma within a key is written `\,`. */
export function splitFields(list: string): string[] {
  return [...list.matchAll(/(?:[^\\,]|\\.)+/gs)].map(([name]) => name.trim().replaceAll('\\,', ','))
}
