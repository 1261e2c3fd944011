export interface XPathToken {
  readonly is: 'name' | 'text' | 'number' | 'symbol'
  readonly text: string
}

const NAME = String.raw`[\p{L}_][\p{L}\p{N}._\-]*`
/** With its prefix, which may be one of all names. */
const name = new RegExp(`(?:${NAME}:(?!:))?(?:${NAME}|(?<=:)\\*)`, 'uy')
const number = /\d+(?:\.\d*)?|\.\d+/y
const text = /"[^"]*"|'[^']*'/y
const symbol = /\/\/|!=|<=|>=|::|\.\.|[/@*.()[\],=<>|+$-]/y
const space = /[ \t\r\n]*/y
const KINDS = { text, number, name, symbol } as const

/** The words of an expression of XPath 1.0 (section 3.7). Throws an Error that names what is none. */
export function tokenize(expression: string): XPathToken[] {
  const tokens: XPathToken[] = []
  for (let at = spaceAt(expression, 0); at < expression.length; ) {
    const token = tokenAt(expression, at)
    tokens.push(token)
    at = spaceAt(expression, at + token.text.length)
  }
  return tokens
}

function tokenAt(expression: string, at: number): XPathToken {
  for (const is of ['text', 'number', 'name', 'symbol'] as const) {
    const pattern = KINDS[is]
    pattern.lastIndex = at
    const found = pattern.exec(expression)?.[0]
    if (found !== undefined) return { is, text: found }
  }
  throw new Error(`${JSON.stringify(expression.slice(at, at + 10))} at character ${at + 1} is not understood`)
}

function spaceAt(expression: string, at: number): number {
  space.lastIndex = at
  return at + (space.exec(expression)?.[0].length ?? 0)
}
