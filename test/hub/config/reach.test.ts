import { describe, expect, it } from 'vitest'
import { parseKey } from '../../../src/config/commits/key.js'
import { checkReach } from '../../../src/config/commits/reach.js'
import { alternatives, isDestination, type JsonSchema, schemasAt } from '../../../src/config/json-schema.js'
import { formatKey, type KeyPath } from '../../../src/event/json/key-path.js'
import { hubSchema } from '../../../src/hub/config/index.js'
import { PROFILES } from '../../../src/hub/config/profiles.js'

/**
 * All that is not the owner's. None of these makes the hub run, read, write, connect or listen to anything, or trust
 * anybody: they are numbers, times, one of several words, and filters and names of streams, whose readers still see
 * no more than their rights say. Whoever adds a key here must be sure of that.
 */
const OPEN_TO_ADMINISTRATORS = [
  ...['age', 'bytes', 'count', 'whenFull'].map((key) => `log.retention.${key}`),
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
const RULE = [
  ...['filter', 'where', 'line', 'by', 'eventTime', 'after', 'correlate', 'unlessFollowedBy', 'onceWithin'],
  ...['atMost', 'groups', 'fire', 'alert', 'sink'],
].map((key) => `rules.x.${key}`)

/** Where events go over the network, and in which form. None of them names a file or a program of this machine. */
const SINK = [
  ...['type', 'filter', 'where', 'from', 'retry', 'batch', 'parallel', 'timeout', 'user', 'tls.serverName'],
  ...['url', 'mode', 'body', 'contentType', 'form', 'signature', 'headers'],
  ...['urls', 'encoding', 'kinds', 'metrics'],
  ...['broker', 'secure', 'version', 'topic', 'payload', 'retain', 'clientId'],
  ...['address', 'facility', 'appName', 'message', 'maxMessage'],
  ...['server', 'encryption', 'sender', 'recipients', 'subject'],
  ...['database', 'place', 'table', 'create'],
].map((key) => `sinks.x.${key}`)

const OF_ALL_SOURCES = ['name', 'silentAfter']
const POLICY = ['redact', 'rateLimit', 'collapse']
const TEXT = [
  'parse',
  ...['rename', 'drop', 'mask', 'lookup.field', 'lookup.into'].map((key) => `transform[0].${key}`),
]
/** What is taken from the network, or asked for over it. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  kubernetes: ['namespace', 'fieldSelector', 'timeout', 'once', ...POLICY],
  mqtt: [
    ...['broker', 'topics', 'secure', 'version', 'user', 'clientId', 'keep', 'maxMessage', 'ack', 'timeout'],
    ...['tls.serverName', 'once', ...POLICY],
  ],
  netconf: [
    ...[
      'host',
      'port',
      'callHome',
      'user',
      'hostKey',
      'tls.fingerprint',
      'tls.serverName',
      'stream',
      'filter',
    ],
    ...['from', 'push', 'raw', 'maxMessage', 'timeout', 'once', ...POLICY],
  ],
  otlp: ['maxBody', 'requests', 'ack', 'once', ...POLICY],
  restconf: [
    ...[
      'url',
      'user',
      'tls.serverName',
      'stream',
      'encoding',
      'filter',
      'from',
      'maxMessage',
      'timeout',
      'once',
    ],
    ...POLICY,
  ],
  sctp: ['listen', 'connect', 'style', 'events', 'data', 'init', ...POLICY],
  snmp: [
    ...['udp', 'insecure', 'from', 'names', 'receiveBuffer', 'once', ...POLICY],
    ...['name', 'auth', 'priv'].map((key) => `users[0].${key}`),
  ],
  sysadm: [
    ...[
      'url',
      'bridge',
      'tls.fingerprints',
      'tls.serverName',
      'tls.insecure',
      'login.user',
      'classes',
      'once',
    ],
  ],
  syslog: [
    ...[
      'udp',
      'tcp',
      'relp',
      'tls.address',
      'tls.relp',
      'insecure',
      'from',
      'zone',
      'maxMessage',
      'maxPeers',
      'receiveBuffer',
    ],
    ...[...TEXT, 'once', ...POLICY],
  ],
  webhook: [
    ...[
      'preset',
      'origins',
      'signature',
      'own',
      'tolerance',
      'maxBody',
      'requests',
      'ack',
      'once',
      ...POLICY,
    ],
  ],
}

const OPEN_TO_OWNER = [
  ...RULE,
  ...SINK,
  ...Object.entries(SOURCES).flatMap(([kind, keys]) =>
    [...OF_ALL_SOURCES, ...keys].map((key) => `sources.${kind}[0].${key}`),
  ),
]

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
    checkReach(who, schema, [{ key: formatKey(path), path, places: [path, path], op: 'modify' }], [])
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
    const ofOwner = open.filter((key) => isInside(key, further))
    expect(open.filter((key) => !ofOwner.includes(key)).sort()).toEqual([...OPEN_TO_ADMINISTRATORS].sort())
    const missing = further.filter((key) => !ofOwner.some((each) => isInside(each, [key])))
    expect(missing).toEqual([])
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

it('the owner changes no key from elsewhere that names a file or a folder', () => {
  const files = all.filter(({ schema: each }) =>
    [each, ...alternatives(each)].some(({ kind }) => kind === 'path'),
  )
  expect(files.length).toBeGreaterThan(40)
  expect(files.filter(({ path }) => mayChange(path, { local: false, owner: true }))).toEqual([])
})

it('where the secrets of a map that is open are sent is marked, or is an address', () => {
  const isOne = (key: string) => {
    const path = parseKey(key)
    return path.some((_, at) => schemasAt(schema, path.slice(0, at + 1)).some(isDestination))
  }
  const names =
    /\.(host|port|url|urls\..*|broker|server|address|place|secure|encryption|callHome|hostKey|bridge|tls\..*)$/
  const open = all.map(({ path }) => formatKey(path)).filter((key) => isInside(key, OPEN_TO_OWNER))
  const destinations = open.filter((key) => /^(sinks|sources)/.test(key) && names.test(key))
  expect(destinations.length).toBeGreaterThan(20)
  expect(destinations.filter((key) => !isOne(key) && !key.includes('.sctp['))).toEqual([])
})

it('the owner changes every key on this machine', () => {
  const shut = all.filter(({ path }) => !mayChange(path, { local: true, owner: true }))
  expect(shut).toEqual([])
})
