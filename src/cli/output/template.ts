import { TocsinError } from '../../event/errors.js'
import { fieldJson, fieldReader, fieldText } from './field.js'
import type { EventFormat, View } from './format.js'

const escapes: Record<string, string> = { '\\t': '\t', '\\n': '\n', '\\0': '\0', '\\\\': '\\' }

/** `{{.time}} {{.tag}} {{json .data}}`; `\t`, `\n` and `\0` stand for a tab, a line feed and NUL. */
export function templateFormat(template: string, view: View): EventFormat {
  const pieces = split(template).map(({ text, action }) =>
    action === undefined ? () => text : compile(action, view),
  )
  return { binary: false, encode: (event) => `${pieces.map((piece) => piece(event)).join('')}\n` }
}

function split(template: string): { text: string; action?: string }[] {
  const pieces: { text: string; action?: string }[] = []
  let at = 0
  while (at < template.length) {
    const open = template.indexOf('{{', at)
    if (open < 0) break
    const close = template.indexOf('}}', open)
    if (close < 0) throw invalid(template.slice(open), 'has no end: }} is missing')
    pieces.push(
      { text: literal(template.slice(at, open)) },
      { text: '', action: template.slice(open + 2, close).trim() },
    )
    at = close + 2
  }
  pieces.push({ text: literal(template.slice(at)) })
  return pieces.filter(({ text, action }) => text !== '' || action !== undefined)
}

function literal(text: string): string {
  return text.replace(/\\[tn0\\]/g, (written) => escapes[written])
}

function compile(action: string, view: View): ReturnType<typeof fieldReader> {
  const match = /^(json\s+)?\.(\S.*)$/s.exec(action)
  if (!match) throw invalid(`{{${action}}}`, 'is neither {{.field}} nor {{json .field}}')
  const read = fieldReader(match[2], view)
  return match[1] ? (event) => fieldJson(read(event)) : (event) => fieldText(read(event))
}

function invalid(what: string, why: string): TocsinError {
  return new TocsinError('TCN_USAGE', `template: ${JSON.stringify(what.slice(0, 80))} ${why}`)
}
