/** At most this many pairs; a line with more is left as text. */
const MAX_PAIRS = 256

const pair = /([^\s="]{1,256})(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*)))?(?:\s+|$)/y

/** Reads `level=info msg="disk full" retry`; undefined for a line that does not begin with a pair or is not all pairs. */
export function parseLogfmt(line: string): Record<string, unknown> | undefined {
  const text = line.trim()
  if (!/^[^\s="]{1,256}=/.test(text)) return undefined
  const entries: [string, unknown][] = []
  pair.lastIndex = 0
  while (pair.lastIndex < text.length) {
    const match = pair.exec(text)
    if (match === null || entries.length === MAX_PAIRS) return undefined
    const [, key, quoted, bare] = match
    entries.push([key, quoted === undefined ? (bare ?? true) : unescaped(quoted)])
  }
  return Object.fromEntries(entries)
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/gs, (_, after: string) => escapes[after] ?? after) : text
}
