/**
 * The header block of a NATS message: a line `NATS/1.0`, with a status in messages of the server, lines `name: value`,
 * and an empty line. The library's class for it takes longer than everything else that is done with a message.
 */
const VERSION = 'NATS/1.0'
const LINE_END = '\r\n'
const FIRST_LINE = VERSION + LINE_END

/** The characters that a value may contain as they are, by the HTTP and NATS bindings of CloudEvents. */
const PLAIN = /^[!#$&-~]*$/
const CODES = /%([0-9A-Fa-f]{2})/g

/** Returns the block with these lines, each with its end. The text is ASCII. */
export function headerBlock(lines: string): Buffer {
  return Buffer.from(FIRST_LINE + lines + LINE_END, 'latin1')
}

export function headerLine(name: string, value: string | number): string {
  return `${name}: ${value}${LINE_END}`
}

/** Calls `visit` with the name and the value of each line after the first. Stops at the end of a damaged block. */
export function eachHeader(block: string, visit: (name: string, value: string) => void): void {
  for (let at = block.indexOf(LINE_END) + 2; at > 1; ) {
    const end = block.indexOf(LINE_END, at)
    if (end <= at) return
    const colon = block.indexOf(':', at)
    if (colon > 0 && colon < end) visit(block.slice(at, colon), trimmed(block, colon + 1, end))
    at = end + 2
  }
}

/** The status of the first line, such as 503; 0 if there is none. */
export function statusOf(block: string): number {
  const status = /^NATS\/1\.0 (\d{3})/.exec(block)
  return status === null ? 0 : Number(status[1])
}

/** Returns bytes, each a character, as printable ASCII: what it does not include, space, quote and percent become codes. */
export function percentText(text: string): string {
  return PLAIN.test(text) ? text : text.replace(/[^!#$&-~]/g, percentCode)
}

/** Returns the bytes of which this is the text, each as a character. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(CODES, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

/** Returns the percent code of a character up to U+00FF. */
export function percentCode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

function trimmed(block: string, start: number, end: number): string {
  const from = block.charCodeAt(start) === SPACE ? start + 1 : start
  return block.slice(from, end).trimEnd()
}

const SPACE = 0x20
