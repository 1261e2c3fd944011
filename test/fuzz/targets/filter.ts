import { isDeepStrictEqual } from 'node:util'
import { catalogue, TocsinError } from '../../../src/errors/tocsin-error.js'
import { encodeFrame } from '../../../src/event/frame.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import {
  compileFilter,
  explainEvent,
  explainFilter,
  type Filter,
  type FilterInput,
  filterKey,
  formatFilter,
  parseFilter,
  parsePermission,
  SubscriptionIndex,
} from '../../../src/filter/index.js'
import type { Random } from '../mutations.js'
import { fuzz } from '../target.js'

const options = { typeOf: (tag: string) => `test.${tag.length}` }
const tags = [
  'salt/job/20/ret/web1',
  'a',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab',
  'é/€/🔔',
  '!x[a',
  '*',
]
const bodies = [{ retcode: 0, a: { b: [1, null] }, x: 'Abbb*q' }, 'text', [], null]
const frames = tags.flatMap((tag, index) =>
  bodies.map((data) =>
    encodeFrame({
      tag,
      source: tag.slice(0, 3),
      kind: index,
      body: encode(data),
      ...(index % 2 === 0 ? {} : { attributes: encode({ type: 'x.ret', region: 'eu' }) }),
    }),
  ),
)

fuzz({
  name: 'filter-text',
  seeds: tags,
  run: (input, random) => tryFilter(() => parseFilter(new TextDecoder().decode(input).split('\n')), random),
})

fuzz({
  name: 'filter-json',
  run(input, random) {
    const json = parseJson(new TextDecoder().decode(input))
    if (json === undefined) return
    tryFilter(() => parseFilter(json as FilterInput), random)
    tryFilter(() => parsePermission(json, 'see'), random)
  },
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function insist(condition: boolean, what: string): void {
  if (!condition) throw new Error(what)
}

function tryFilter(read: () => Filter, random: Random): void {
  let filter: Filter
  try {
    filter = read()
  } catch (error) {
    if (!TocsinError.is(error) || !(error.code in catalogue)) throw error
    insist(error.code.startsWith('TCN_FILTER_') && error.message.length < 2000, `refused: ${error.message}`)
    return
  }
  insist(isDeepStrictEqual(parseFilter(formatFilter(filter)), filter), `not read back: ${filterKey(filter)}`)
  insist(explainFilter(filter).text.length > 0, 'explanation')
  const matcher = compileFilter(filter, options)
  const index = new SubscriptionIndex<number>()
  index.add(matcher, 1)
  for (const frame of frames) {
    const found = index.match(frame, 0, [])
    insist(found === (matcher.matches(frame, 0) ? 1 : 0), `index and matcher differ: ${filterKey(filter)}`)
  }
  const frame = frames[random(frames.length)]
  const explained = explainEvent(filter, frame, 0, options).matches
  insist(explained === matcher.matches(frame, 0), `explained wrongly: ${filterKey(filter)}`)
}
