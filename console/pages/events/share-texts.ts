import { conditionsOf, filterOf, type Query } from './query.js'
import type { Range } from './range.js'

/** The whole condition: what was typed and what was chosen. */
function wholeWhere({ where, choices }: Query): string {
  const parts = [...(where === '' ? [] : [where]), ...conditionsOf(choices)]
  return parts.length < 2 ? parts.join('') : parts.map((each) => `(${each})`).join(' AND ')
}

const shellWord = (text: string) =>
  /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** Elsewhere, JSON and words in quotation marks cannot stand beside patterns. */
function inShortForm(query: Query): Query {
  if (!query.patterns.some((each) => /^!?["{]/.test(each))) return query
  return { patterns: [JSON.stringify(filterOf(query))], where: '', choices: [] }
}

/** The same view elsewhere; `tail` has no end. */
export function asCommand(shown: Query, { from, to }: Range): string {
  const query = inShortForm(shown)
  const where = wholeWhere(query)
  return [
    to === undefined ? 'tocsin tail' : 'tocsin read',
    ...query.patterns.map(shellWord),
    ...(where === '' ? [] : ['--where', shellWord(where)]),
    '--from',
    shellWord(from),
    ...(to === undefined ? [] : ['--to', shellWord(to)]),
  ].join(' ')
}

export function asUrl(shown: Query, { from, to }: Range): string {
  const query = inShortForm(shown)
  const params = new URLSearchParams(query.patterns.map((each) => ['filter', each]))
  const where = wholeWhere(query)
  if (where !== '') params.set('where', where)
  params.set('from', from)
  if (to !== undefined) params.set('to', to)
  return `${location.origin}/v1/stream?${params}`
}

export function asCode(query: Query, range: Range): string {
  const filter = JSON.stringify(filterOf(query)) ?? 'undefined'
  return [
    "import { connect } from 'tocsin'",
    `const hub = await connect(${JSON.stringify(location.origin)})`,
    `for await (const event of hub.subscribe(${filter}, ${JSON.stringify(range)}).events()) {`,
    '  console.log(event.tag, event.data)',
    '}',
  ].join('\n')
}
