import { isDeepStrictEqual } from 'node:util'
import { TocsinError } from '../../errors/tocsin-error.js'
import { APPEND, formatKey, type KeyPath } from '../../event/json/key-path.js'
import { isObject } from '../../event/json/object.js'
import { fitting, isDestination, type JsonSchema } from '../json-schema.js'
import { contentAt } from '../problem.js'
import { below, isMask, MASK, redacted } from '../redaction.js'
import { beyondEnd, type Edit, valueAfter } from './edits.js'
import { entryName, pairsByName } from './paired-entries.js'

type SentTo = Readonly<Record<string, unknown>>

/** A secret of the file, in the place of its value. */
class KeptSecret {
  readonly value: unknown
  /** The text that is shown instead of it. */
  readonly shown: unknown
  /** Where it is sent; undefined if that is not known. */
  readonly destination: SentTo | undefined

  constructor(value: unknown, shown: unknown, destination: SentTo | undefined) {
    this.value = value
    this.shown = shown
    this.destination = destination
  }
}

interface SecretPlace {
  readonly schemas: readonly JsonSchema[]
  readonly path: KeyPath
  /** That of the marked map around it. */
  readonly destination: SentTo | undefined
}

/**
 * Returns the edits with the secrets of the content in the place of their masks. Throws TCN_CONFIG_SECRET if a mask stands
 * for none, and if the editor may not read the file also if a secret that it does not give would be sent elsewhere than
 * before.
 */
export function withKeptSecrets(
  schema: JsonSchema,
  content: unknown,
  edits: readonly Edit[],
  mayReadFile: boolean,
): Edit[] {
  const root: SecretPlace = { schemas: [schema], path: [], destination: undefined }
  let now = withSecrets(root, content)
  const complete: Edit[] = []
  for (const edit of edits) {
    const path = withIndexes(edit.path, now)
    if ('delete' in edit) {
      complete.push(edit)
      now = valueAfter(now, { path, delete: true })
    } else {
      const value = unmasked(placeAt(root, path), edit.value, contentAt(now, path))
      complete.push({ path: edit.path, value: revealed(value) })
      now = valueAfter(now, { path, value })
    }
  }
  if (!mayReadFile) checkDestinations(root, now)
  return complete
}

/** The content of the file, in which each secret knows where it is sent. */
function withSecrets(place: SecretPlace, value: unknown): unknown {
  if (isObject(value) || Array.isArray(value)) return mapped(entered(place, value), value, withSecrets)
  const shown = redacted(place.schemas, place.path, value)
  const isHidden = shown !== value && String(shown).includes(MASK)
  return isHidden ? new KeptSecret(value, shown, place.destination) : value
}

/** A secret takes the place of its mask. */
function unmasked(place: SecretPlace, value: unknown, stored: unknown): unknown {
  if (stored instanceof KeptSecret && [stored.shown, MASK].includes(value)) return stored
  if (isObject(value) || Array.isArray(value)) {
    const same = sameEntries(stored, value)
    return mapped(place, value, (inner, each) => unmasked(inner, each, contentAt(same, inner.path.slice(-1))))
  }
  if (typeof value !== 'string' || !isMask(place.schemas, place.path, value)) return value
  throw refused(place.path, 'is a mask, and there is no secret that it stands for: give the value')
}

/**
 * The stored entries of a list, in the places of those that are still the same ones, which take their secrets with them:
 * those of the same name, and the only one that has another. Without a name, one is the same if nothing of it has changed,
 * and none came or went; its place says nothing.
 */
function sameEntries(stored: unknown, value: object): unknown {
  if (!Array.isArray(stored) || !Array.isArray(value)) return stored
  const places = new Map(pairsByName(value, stored))
  const before = value.map((_, at) => stored[places.get(at) ?? stored.length])
  const isAsLong = stored.length === value.length
  const renamed = value.filter((each, at) => entryName(each) !== entryName(before[at]))
  return value.map((each, at) => {
    const name = entryName(before[at])
    if (name !== undefined && name === entryName(each)) return before[at]
    const isRenamed = name !== undefined && entryName(each) !== undefined && renamed.length === 1
    const isSame = isRenamed || isDeepStrictEqual(shownOf(before[at]), each)
    return isAsLong && isSame ? before[at] : undefined
  })
}

function checkDestinations(place: SecretPlace, value: unknown): void {
  if (value instanceof KeptSecret) {
    const { destination } = value
    if (destination === undefined || isDeepStrictEqual(destination, place.destination)) return
    throw refused(
      place.path,
      'would be sent elsewhere than before, so it must be given again, in the same edit',
    )
  }
  if (isObject(value) || Array.isArray(value))
    mapped(entered(place, value), value, (inner, each) => checkDestinations(inner, each))
}

/** In a marked map, the keys that say where its secrets are sent are known. */
function entered(place: SecretPlace, value: unknown): SecretPlace {
  const schemas = fitting(place.schemas, value)
  const isMarked = [...place.schemas, ...schemas].some(({ remote }) => remote === 'owner')
  if (!isMarked || !isObject(value)) return { ...place, schemas }
  const keys = Object.keys(value).filter((name) => below(schemas, name).some(isDestination))
  return {
    ...place,
    schemas,
    destination: Object.fromEntries(keys.map((key) => [key, revealed(value[key])])),
  }
}

function mapped(
  { schemas, path, destination }: SecretPlace,
  value: object,
  change: (place: SecretPlace, value: unknown) => unknown,
): unknown {
  const inside = (part: string | number): SecretPlace => ({
    schemas: below(schemas, part),
    path: [...path, part],
    destination,
  })
  if (Array.isArray(value)) return value.map((each, i) => change(inside(i), each))
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, change(inside(name), each)]))
}

function placeAt(root: SecretPlace, path: KeyPath): SecretPlace {
  const schemas = path.reduce<readonly JsonSchema[]>(below, root.schemas)
  return { ...root, schemas, path }
}

function revealed(value: unknown): unknown {
  return withEach(value, (secret) => secret.value)
}

function shownOf(value: unknown): unknown {
  return withEach(value, (secret) => secret.shown)
}

function withEach(value: unknown, inPlace: (secret: KeptSecret) => unknown): unknown {
  if (value instanceof KeptSecret) return inPlace(value)
  if (Array.isArray(value)) return value.map((each) => withEach(each, inPlace))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withEach(each, inPlace)]))
}

/** The place after the last entry of a list has a number as well. Throws TCN_CONFIG_EDIT for one beyond it. */
function withIndexes(path: KeyPath, content: unknown): KeyPath {
  return path.map((part, depth) => {
    if (typeof part !== 'number') return part
    const before = path.slice(0, depth)
    const list = contentAt(content, before)
    const length = Array.isArray(list) ? list.length : 0
    if (part > length) throw beyondEnd(path, before, length)
    return part === APPEND ? length : part
  })
}

function refused(path: KeyPath, why: string): TocsinError {
  const key = formatKey(path)
  return new TocsinError('TCN_CONFIG_SECRET', `${key} ${why}`, { details: { key } })
}
