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
export function asCommand(shown: Query, { from, to, edges }: Range): string {
  const query = inShortForm(shown)
  const where = wholeWhere(query)
  return [
    to === undefined ? 'tocsin tail' : 'tocsin read',
    ...query.patterns.map(shellWord),
    ...(where === '' ? [] : ['--where', shellWord(where)]),
    ...(edges === undefined ? [] : ['--edges', shellWord(edges)]),
    '--from',
    shellWord(from),
    ...(to === undefined ? [] : ['--to', shellWord(to)]),
  ].join(' ')
}

/** Undefined for events of edge hubs, which no stream has. */
export function asUrl(shown: Query, { from, to, edges }: Range): string | undefined {
  if (edges !== undefined) return undefined
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
  const begin = [
    "import { connect } from 'tocsin'",
    `const hub = await connect(${JSON.stringify(location.origin)})`,
  ]
  if (range.edges !== undefined) {
    const params = JSON.stringify({ filters: filterOf(query), ...range })
    return [...begin, `const page = await hub.request('events.read', ${params})`].join('\n')
  }
  return [
    ...begin,
    `for await (const event of hub.subscribe(${filter}, ${JSON.stringify(range)}).events()) {`,
    '  console.log(event.tag, event.data)',
    '}',
  ].join('\n')
}
