/** A value in the JSON form of OTLP (opentelemetry-proto, common.proto). 64-bit integers are text there. */
export type AnyValue =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: string }
  | { doubleValue: number | 'NaN' | 'Infinity' | '-Infinity' }
  | { bytesValue: string }
  | { arrayValue: { values: AnyValue[] } }
  | { kvlistValue: { values: KeyValue[] } }
  | Record<string, never>

export interface KeyValue {
  key: string
  value: AnyValue
}

/**
 * Values at a greater depth become text, since collectors refuse deep messages as a whole: each level is three messages
 * of protobuf or four of JSON, and common parsers take 100 of either.
 */
const MAX_DEPTH = 20

export function anyValue(value: unknown, depth = 0): AnyValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value }
    case 'boolean':
      return { boolValue: value }
    case 'bigint':
      return integer(value)
    case 'number':
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: double(value) }
    case 'object':
      return value === null ? {} : compound(value, depth)
    default:
      return {}
  }
}

/** The pairs of an object. */
export function keyValues(values: Readonly<Record<string, unknown>>): KeyValue[] {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ key, value: anyValue(value) }))
}

function compound(value: object, depth: number): AnyValue {
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') }
  if (value instanceof Date) return { stringValue: value.toISOString() }
  if (depth >= MAX_DEPTH) return { stringValue: '…' }
  if (Array.isArray(value)) return { arrayValue: { values: value.map((each) => anyValue(each, depth + 1)) } }
  const pairs = value instanceof Map ? [...value] : Object.entries(value)
  return {
    kvlistValue: {
      values: pairs.map(([key, each]) => ({ key: String(key), value: anyValue(each, depth + 1) })),
    },
  }
}

/** Integers of OTLP have 64 bits and a sign. */
function integer(value: bigint): AnyValue {
  return BigInt.asIntN(64, value) === value ? { intValue: String(value) } : { stringValue: String(value) }
}

/** JSON has no numbers that are not finite. */
export function double(value: number): number | 'NaN' | 'Infinity' | '-Infinity' {
  return Number.isFinite(value) ? value : (String(value) as 'NaN')
}
