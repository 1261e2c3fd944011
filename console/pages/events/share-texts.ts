import { conditionsOf, filterOf, type Query } from './query.js'

/** The whole condition: what was typed and what was chosen. */
function wholeWhere({ where, choices }: Query): string {
  const parts = [...(where === '' ? [] : [where]), ...conditionsOf(choices)]
  return parts.length < 2 ? parts.join('') : parts.map((each) => `(${each})`).join(' AND ')
}

const shellWord = (text: string) =>
  /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** The same view elsewhere. */
export function asCommand(query: Query, from: string): string {
  const where = wholeWhere(query)
  return [
    'tocsin tail',
    ...query.patterns.map(shellWord),
    ...(where === '' ? [] : ['--where', shellWord(where)]),
    '--from',
    from,
  ].join(' ')
}

export function asUrl(query: Query, from: string): string {
  const params = new URLSearchParams(query.patterns.map((each) => ['filter', each]))
  const where = wholeWhere(query)
  if (where !== '') params.set('where', where)
  params.set('from', from)
  return `${location.origin}/v1/stream?${params}`
}

export function asCode(query: Query, from: string): string {
  const filter = JSON.stringify(filterOf(query)) ?? 'undefined'
  return [
    "import { connect } from 'tocsin'",
    `const hub = await connect(${JSON.stringify(location.origin)})`,
    `for await (const event of hub.subscribe(${filter}, { from: ${JSON.stringify(from)} }).events()) {`,
    '  console.log(event.tag, event.data)',
    '}',
  ].join('\n')
}
