import { type ErrorCode, TocsinError } from '../../errors/tocsin-error.js'
import type { KeyPath } from '../../event/json/key-path.js'
import { isObject } from '../../event/json/object.js'
import { alternatives, fitting, isDestination, type JsonSchema, step } from '../json-schema.js'
import { contentAt } from '../problem.js'
import { below, hidesValues } from '../redaction.js'
import { secretPlace } from '../secret-file.js'
import type { ConfigSession } from './candidate.js'
import { type Change, changesBetween } from './changes.js'

/** Who may change what. */
export type Editor = Pick<ConfigSession, 'local' | 'owner'>

/** Those that may change a key from other machines; `local`: no other than the owner on this machine. */
export type Reach = 'administrators' | 'owner' | 'local'

/** The fewest first. */
const REACHES: readonly Reach[] = ['local', 'owner', 'administrators']

/** Throws as `checkReach` if the session may not make a content of another one. */
export function checkContents(by: Editor, schema: JsonSchema, before: unknown, after: unknown): void {
  if (by.local && by.owner) return
  checkReach(by, schema, changesBetween(schema, before, after), [before, after])
}

/**
 * Throws TCN_CONFIG_LOCAL or TCN_CONFIG_OWNER if the session may not make one of the changes. All keys belong to the owner
 * of the hub on this machine. Other administrators, and the owner from elsewhere, change only keys that the schema marks
 * `remote` (`.meta()`), or that are inside such a key: everything else may let the hub run a program, read a file, listen
 * or trust somebody. The owner from elsewhere also changes maps that are marked `remote: 'owner'`, such as a rule or a sink,
 * and their order in a list, but no key in them that names a file or is marked `remote: false`, and none that says where a
 * secret of a file is sent. A map that has a key marked `remote: false`, in one of the `contents` between which the changes
 * are, is not changed at all: the time at which a rule with a job acts is as much the owner's as the program.
 */
export function checkReach(
  { local, owner }: Editor,
  schema: JsonSchema,
  changes: readonly Change[],
  contents: readonly unknown[],
): void {
  if (local && owner) return
  for (const change of changes) {
    const reach = reachOfChange(schema, change, contents)
    if (reach === 'administrators' || (reach === 'owner' && owner)) continue
    throw refusal(local || reach === 'owner', change)
  }
}

function refusal(isOwners: boolean, { key, entry }: Change): TocsinError {
  const [code, who]: [ErrorCode, string] = isOwners
    ? ['TCN_CONFIG_OWNER', 'by the owner of the hub']
    : ['TCN_CONFIG_LOCAL', 'over a unix socket or in the file']
  const place = entry === undefined ? key : `${key} of ${JSON.stringify(entry)}`
  return new TocsinError(code, `${place} can be changed only ${who}`, { details: { key } })
}

/** A map that only one of the contents has is judged by that one. */
function reachOfChange(
  schema: JsonSchema,
  { path, places, order }: Change,
  contents: readonly unknown[],
): Reach {
  const schemas = path.reduce<readonly JsonSchema[]>(below, [schema])
  if (order && below(schemas, 0).some(isOwners)) return 'owner'
  const reaches = places.flatMap((place, side) => {
    const around = place && contentAt(contents[side], place.slice(0, -1))
    return place === undefined || around === undefined ? [] : [reachOf(schema, place, contents[side])]
  })
  return REACHES.find((each) => reaches.includes(each)) ?? reachOf(schema, path)
}

/**
 * Returns who may change a key of a configuration with this content, of which other keys of its map may take it away from
 * other machines.
 */
export function reachOf(schema: JsonSchema, path: KeyPath, content?: unknown): Reach {
  const { reach, map, schemas } = reachAlong(schema, path, content)
  if (reach !== 'owner' || map === undefined) return reach
  const entries = contentAt(content, map)
  const around = reachAlong(schema, map, content).schemas
  const isShut = isObject(entries) && Object.keys(entries).some((name) => below(around, name).some(shuts))
  if (isShut || isReadFromFile(schemas, path, contentAt(content, path))) return 'local'
  const isSentThere = below(around, path[map.length]).some(isDestination)
  return isSentThere && hasSecretOfFile(around, map, entries) ? 'local' : 'owner'
}

/** Returns the widest reach of the key and of those below it. */
export function widestReach(schema: JsonSchema, path: KeyPath, content?: unknown): Reach {
  const { reach, schemas, map, isClosed } = reachAlong(schema, path, content)
  if (reach !== 'local' || isClosed) return reach
  const reaches = new Set(schemas.flatMap((each) => [...reachesBelow(each, map !== undefined)]))
  return REACHES.findLast((each) => reaches.has(each)) ?? 'local'
}

function* reachesBelow(schema: JsonSchema, isInside: boolean): Generator<Reach> {
  for (const each of alternatives(schema)) {
    const marks = [schema.remote, each.remote]
    if (marks.includes(true)) yield 'administrators'
    else if (!staysHere(each)) {
      const isOpen = isInside || marks.includes('owner')
      const inner = schemasBelow(each)
      if (inner.length === 0 && isOpen) yield 'owner'
      for (const next of inner) yield* reachesBelow(next, isOpen)
    }
  }
}

interface KeyReach {
  readonly reach: Reach
  /** The schemas of the key, of the type that the content says. */
  readonly schemas: readonly JsonSchema[]
  /** The path of the marked map that has the key. */
  readonly map: KeyPath | undefined
  /** True if it is in something that is changed on this machine alone. */
  readonly isClosed: boolean
}

function reachAlong(schema: JsonSchema, path: KeyPath, content: unknown): KeyReach {
  let schemas: readonly JsonSchema[] = [schema]
  let value = content
  let map: KeyPath | undefined
  let isClosed = false
  for (const [depth, part] of path.entries()) {
    const found = schemas.flatMap(alternatives).flatMap((each) => inside(each, part))
    value = contentAt(value, [part])
    schemas = fitting(found, value)
    isClosed ||= [...found, ...schemas].some(staysHere)
    if ([...found, ...schemas].some(({ remote }) => remote === true))
      return { reach: 'administrators', schemas, map, isClosed }
    // The type of a map may not be known; only the types that are marked count then.
    const marked = found.some(isOwners) ? schemas : schemas.filter(isOwners)
    if (marked.length > 0) [map, schemas] = [path.slice(0, depth + 1), marked]
  }
  const isOpen = map !== undefined && schemas.length > 0 && !isClosed && !schemas.some(holdsClosed)
  return { reach: isOpen ? 'owner' : 'local', schemas, map, isClosed }
}

/** The parts of a value that may be anything may be anything too. */
function inside(schema: JsonSchema, part: string | number): JsonSchema[] {
  const { type, properties, additionalProperties, items } = schema
  const isAnything = [type, properties, additionalProperties, items].every((each) => each === undefined)
  return isAnything ? [schema] : step(schema, part)
}

function isOwners({ remote }: JsonSchema): boolean {
  return remote === 'owner'
}

function shuts({ remote }: JsonSchema): boolean {
  return remote === false
}

function staysHere(schema: JsonSchema): boolean {
  return shuts(schema) || alternatives(schema).some(({ kind }) => kind === 'path')
}

function holdsClosed(schema: JsonSchema): boolean {
  return staysHere(schema) || alternatives(schema).flatMap(schemasBelow).some(holdsClosed)
}

function schemasBelow({ properties = {}, additionalProperties: rest, items }: JsonSchema): JsonSchema[] {
  const others = [typeof rest === 'object' ? rest : undefined, items]
  return [...Object.values(properties), ...others.filter((each) => each !== undefined)]
}

/** The hub reads the file again and again, and sends its content. */
function hasSecretOfFile(schemas: readonly JsonSchema[], path: KeyPath, value: unknown): boolean {
  if (isObject(value) || Array.isArray(value)) {
    const parts = Array.isArray(value) ? value.map((_, i) => i) : Object.keys(value)
    return parts.some((part) =>
      hasSecretOfFile(below(schemas, part), [...path, part], contentAt(value, [part])),
    )
  }
  const isFile = schemas.flatMap(alternatives).some(({ secretFile }) => secretFile === true)
  return (isFile && value !== undefined) || isReadFromFile(schemas, path, value)
}

/** Returns whether a value says where it is read: `file:/path`, `credential:name`. */
function isReadFromFile(schemas: readonly JsonSchema[], path: KeyPath, value: unknown): boolean {
  return typeof value === 'string' && secretPlace(value) !== undefined && hidesValues(schemas, path)
}
