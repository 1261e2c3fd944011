import type { KeyPath } from '../event/json/key-path.js'
import { isObject } from '../event/json/object.js'
import { alternatives, type JsonSchema } from './json-schema.js'
import { secretPlace } from './secret-file.js'

const secretName = /(?:password|passphrase|secret|token)$/i
const passwordInUrl = /^([a-z+]+:\/\/(?:[^/\s:@]*:)?)[^/\s@]+@/i
export const MASK = '***'

/** A key that has no place in the schema may be a secret, such as one that is spelled wrong. */
const MISPLACED: JsonSchema = { secret: true }

/** The value without secrets, at any depth. */
export function redacted(schemas: readonly JsonSchema[], path: KeyPath, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each, i) => redacted(below(schemas, i), [...path, i], each))
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [
        name,
        redacted(below(schemas, name), [...path, name], each),
      ]),
    )
  }
  const all = schemas.flatMap(alternatives)
  const kind = all.find((each) => each.kind === 'URL')?.kind
  return masked({ kind, secret: all.some(isSecret) }, path, value)
}

/** A secret, the password in an address, or the path of a server's address, is masked. */
function masked(schema: Pick<JsonSchema, 'secret' | 'kind'>, path: KeyPath, value: unknown): unknown {
  if (value === undefined) return undefined
  // Where a secret is read is none.
  if (typeof value === 'string' && secretPlace(value) !== undefined) return value
  if (schema.kind === 'URL' && typeof value === 'string') return shownServer(value)
  if (isSecret(schema) || schema.kind === 'URL' || secretName.test(String(path.at(-1)))) return MASK
  return typeof value === 'string' ? value.replace(passwordInUrl, `$1${MASK}@`) : value
}

/** The address of a server without what may be a key: `https://hooks.example/***`. */
export function shownServer(address: string): string {
  if (secretPlace(address) !== undefined) return address
  if (!URL.canParse(address)) return MASK
  const { origin, pathname, search } = new URL(address)
  return pathname === '/' && search === '' ? origin : `${origin}/${MASK}`
}

/** Returns whether a text is one that is shown in the place of a secret. */
export function isMask(schemas: readonly JsonSchema[], path: KeyPath, text: string): boolean {
  if (secretPlace(text) !== undefined || redacted(schemas, path, text) !== text) return false
  return hidesValues(schemas, path) ? text.includes(MASK) : passwordInUrl.test(text)
}

/** Returns whether texts at this place are not shown as they are. */
export function hidesValues(schemas: readonly JsonSchema[], path: KeyPath): boolean {
  const text = 'text'
  return redacted(schemas, path, text) !== text
}

/** Text in place of a map of secrets is one as well. */
export function isSecret({
  secret,
  additionalProperties: rest,
}: Pick<JsonSchema, 'secret' | 'additionalProperties'>): boolean {
  return secret === true || (typeof rest === 'object' && rest.secret === true)
}

/** The schemas that may describe an entry of a map or list. */
export function below(schemas: readonly JsonSchema[], part: string | number): JsonSchema[] {
  const all = schemas.flatMap(alternatives)
  const found = all.flatMap(({ properties = {}, additionalProperties: rest, items }) => {
    if (typeof part === 'number') return items === undefined ? [] : [items]
    if (Object.hasOwn(properties, part)) return [properties[part]]
    return typeof rest === 'object' ? [rest] : []
  })
  const isHidden = found.length === 0 && (all.some(mayBeSecret) || secretName.test(String(part)))
  return isHidden ? [MISPLACED] : found
}

function mayBeSecret({ secret, kind, additionalProperties: rest }: JsonSchema): boolean {
  return secret === true || kind === 'URL' || rest === false
}
