/** Elements of RFC 5424 by their id, each with its parameters. A parameter that comes twice has a list of values. */
export type StructuredData = Record<string, Record<string, string | string[]>>

/** Elements and parameters of a message. Nobody needs more, and an event of many keys holds up everybody else. */
const MAX_PARTS = 1_000

const element = /\[([^\s=\]"]{1,128})/y
const parameter = / +([^\s=\]"]{1,128})="((?:[^"\\\]]|\\[\s\S])*)"/y

/** Reads structured data at `start`. Undefined if there is none, or too much; `data` is undefined for `-`. */
export function parseStructuredData(
  text: string,
  start: number,
): { data?: StructuredData; end: number } | undefined {
  if (text[start] === '-') return endsAt(text, start + 1) ? { end: start + 1 } : undefined
  const elements = new Map<string, Map<string, string | string[]>>()
  const parts = { left: MAX_PARTS }
  let at = start
  while (text[at] === '[') {
    element.lastIndex = at
    const id = element.exec(text)?.[1]
    if (id === undefined || parts.left-- === 0) return undefined
    const parameters = elements.get(id) ?? new Map()
    elements.set(id, parameters)
    at = readParameters(text, element.lastIndex, parameters, parts)
    if (text[at] !== ']') return undefined
    at++
  }
  if (elements.size === 0 || !endsAt(text, at)) return undefined
  const data = [...elements].map(([id, parameters]) => [id, Object.fromEntries(parameters)])
  return { data: Object.fromEntries(data), end: at }
}

function endsAt(text: string, at: number): boolean {
  return at >= text.length || text[at] === ' '
}

/** Returns the offset after the last parameter, or after as many as may be read. */
function readParameters(
  text: string,
  start: number,
  parameters: Map<string, string | string[]>,
  parts: { left: number },
): number {
  let at = start
  for (;;) {
    parameter.lastIndex = at
    const match = parameter.exec(text)
    if (match === null || parts.left-- <= 0) return at
    const [, name, written] = match
    const value = written.includes('\\') ? written.replace(/\\(["\\\]])/g, '$1') : written
    const known = parameters.get(name)
    if (known === undefined) parameters.set(name, value)
    else if (Array.isArray(known)) known.push(value)
    else parameters.set(name, [known, value])
    at = parameter.lastIndex
  }
}
