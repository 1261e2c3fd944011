export type Token =
  | { readonly is: 'name'; readonly text: string }
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'number'; readonly value: number }
  | { readonly is: 'symbol'; readonly text: string }

const space = /[ \t\r\n]*/y
const name = /(?:[\p{L}_][\p{L}\p{N}._-]*:(?!:))?[\p{L}_][\p{L}\p{N}._-]*/uy
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?![\p{L}_])/uy
const text = /"[^"]*"|'[^']*'/y
const symbol = /\/\/|!=|<=|>=|::|\.\.|[/@*.()[\],=<>|+$-]/y

/** The words of the expression; undefined if it has one that the simple part of XPath does not know. */
export function tokenize(expression: string): Token[] | undefined {
  const tokens: Token[] = []
  for (let at = skip(expression, 0); at < expression.length; ) {
    const found =
      take(name, expression, at) ??
      take(number, expression, at) ??
      take(text, expression, at) ??
      take(symbol, expression, at)
    if (found === undefined) return undefined
    tokens.push(tokenOf(found))
    at = skip(expression, at + found.length)
  }
  return tokens
}

function tokenOf(found: string): Token {
  const first = found[0]
  if (first === '"' || first === "'") return { is: 'text', text: found.slice(1, -1) }
  if (/^\.?\d/.test(found)) return { is: 'number', value: Number(found) }
  if (/^[\p{L}_]/u.test(found)) return { is: 'name', text: found }
  return { is: 'symbol', text: found }
}

function skip(expression: string, at: number): number {
  return at + (take(space, expression, at)?.length ?? 0)
}

function take(pattern: RegExp, expression: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(expression)?.[0]
}
