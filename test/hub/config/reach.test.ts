import { describe, expect, it } from 'vitest'
import { checkReach } from '../../../src/config/commits/reach.js'
import { alternatives, type JsonSchema } from '../../../src/config/json-schema.js'
import { formatKey, type KeyPath } from '../../../src/config/problem.js'
import { hubSchema } from '../../../src/hub/config/index.js'
import { PROFILES } from '../../../src/hub/config/profiles.js'

/**
 * All that is not the owner's. None of these makes the hub run, read, write, connect or listen to anything, or trust
 * anybody: they are numbers, times, one of several words, and filters and names of streams, whose readers still see
 * no more than their rights say. Whoever adds a key here must be sure of that.
 */
const OPEN_TO_ADMINISTRATORS = [
  ...['age', 'bytes', 'count'].map((key) => `log.retention.${key}`),
  ...['level', 'format'].map((key) => `logging.${key}`),
  ...[
    ...['frame', 'tag', 'bodyDepth', 'queue', 'unflushed', 'catchUpPerTick', 'halfReceived', 'connections'],
    ...['requests', 'filtersPerSubscriber', 'unanchoredFilters', 'filterCost', 'matchTime', 'producers'],
    ...['consumers', 'unacknowledged', 'gateDeadline'],
    ...['body', 'headers', 'bulkLine', 'connections', 'requestTimeout', 'headersTimeout'].map(
      (key) => `http.${key}`,
    ),
  ].map((key) => `limits.${key}`),
  ...['name', 'description', 'filter', 'replay'].map((key) => `streams[0].${key}`),
]

/**
 * What a rule watches and does apart from running a job: it publishes events, begins alerts, or hands them to a sink that
 * is configured. The owner may do all of that from elsewhere with other methods.
 */
const OPEN_TO_OWNER = [
  ...['filter', 'where', 'line', 'by', 'eventTime', 'after', 'unlessFollowedBy', 'onceWithin'],
  ...['atMost', 'groups', 'fire', 'alert', 'sink'],
].map((key) => `rules.x.${key}`)

const isInside = (key: string, open: readonly string[]) =>
  open.some((each) => key === each || key.startsWith(`${each}.`) || key.startsWith(`${each}[`))

interface Leaf {
  path: KeyPath
  schema: JsonSchema
}

/** Every key that has a value of its own; `x` stands for names that users choose, and 0 for places in lists of maps. */
function* leaves(schema: JsonSchema, path: KeyPath = []): Generator<Leaf> {
  const inner = schema.kind ? [] : alternatives(schema).flatMap((each) => [...steps(each)])
  if (inner.length === 0) yield { path, schema }
  for (const { part, below } of inner) yield* leaves(below, [...path, part])
}

function* steps({ properties = {}, additionalProperties: rest, items }: JsonSchema) {
  for (const [part, below] of Object.entries(properties)) yield { part, below }
  if (typeof rest === 'object') yield { part: 'x', below: rest }
  if (items && alternatives(items).some((each) => each.properties)) yield { part: 0, below: items }
}

/** A key and all maps and lists around it: a whole section may be new, or go, as one change. */
function withParents(path: KeyPath): KeyPath[] {
  return path.map((_, at) => path.slice(0, at + 1))
}

const schema = hubSchema(PROFILES[0])
const all = [...new Map([...leaves(schema)].map((leaf) => [formatKey(leaf.path), leaf])).values()]

function mayChange(path: KeyPath, who: { local: boolean; owner: boolean }): boolean {
  try {
    checkReach(who, schema, [{ key: formatKey(path), path, op: 'modify' }], [])
    return true
  } catch {
    return false
  }
}

describe.each([
  ['an administrator on a unix socket', { local: true, owner: false }, []],
  ['an administrator from elsewhere', { local: false, owner: false }, []],
  ['the owner from elsewhere', { local: false, owner: true }, OPEN_TO_OWNER],
])('of all keys of the schema, %s', (_, who, further) => {
  it('may change those alone that were found harmless one by one', () => {
    const open = all.filter(({ path }) => mayChange(path, who)).map(({ path }) => formatKey(path))
    const ofRules = open.filter((key) => isInside(key, further))
    expect(open.filter((key) => !ofRules.includes(key)).sort()).toEqual([...OPEN_TO_ADMINISTRATORS].sort())
    for (const key of further)
      expect(
        ofRules.some((each) => isInside(each, [key])),
        key,
      ).toBe(true)
    // The walk has found the deepest keys of every section.
    expect(all.length).toBeGreaterThan(400)
    for (const section of Object.keys(schema.properties!))
      expect(all.some(({ path }) => path[0] === section)).toBe(true)
  })

  it('may put no map or list in place that holds any other key', () => {
    const isOpen = (key: string) => OPEN_TO_ADMINISTRATORS.includes(key) || isInside(key, further)
    const shut = all.filter(({ path }) => !isOpen(formatKey(path)))
    const opened = shut.flatMap(({ path }) => withParents(path)).filter((path) => mayChange(path, who))
    expect(opened.map((path) => formatKey(path))).toEqual([])
  })
})

it('none of the keys that administrators may change is a path, an address or a program', () => {
  const kinds = all
    .filter(({ path }) => OPEN_TO_ADMINISTRATORS.includes(formatKey(path)))
    .flatMap(({ schema }) => [schema, ...alternatives(schema)])
    .flatMap(({ kind }) => (kind === undefined ? [] : [kind]))
  expect([...new Set(kinds)].sort()).toEqual([
    'duration',
    'duration or off',
    'filters',
    'size',
    'size or off',
  ])
})

it('the owner changes every key on this machine', () => {
  const shut = all.filter(({ path }) => !mayChange(path, { local: true, owner: true }))
  expect(shut).toEqual([])
})
