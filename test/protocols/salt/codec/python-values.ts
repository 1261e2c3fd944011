import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { requireTool } from '../../../helpers/tools.js'

/** A value in three forms: as Python source, as msgpack and, with text keys, as JavaScript. */
export interface PythonValue {
  source: string
  msgpack: Buffer
  value: unknown
}

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.constantFrom('', '"', '\\', '\u2028', '\u007f', '\ud83d\ude00', '\uffff', '1', '10', '2', '__proto__'),
)

const text = texts.map((value): PythonValue => {
  const bytes = Buffer.from(value)
  return { source: `${pythonBytes(bytes)}.decode()`, msgpack: head(bytes, 0xd9), value }
})
const nil = fc.constant<PythonValue>({ source: 'None', msgpack: Buffer.of(0xc0), value: null })
const boolean = fc.boolean().map(
  (value): PythonValue => ({
    source: value ? 'True' : 'False',
    msgpack: Buffer.of(value ? 0xc3 : 0xc2),
    value,
  }),
)
const integer = fc
  .oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -300n, max: 300n }))
  .map((whole): PythonValue => {
    const msgpack = Buffer.alloc(9, 0xd3)
    msgpack.writeBigInt64BE(whole, 1)
    return { source: String(whole), msgpack, value: whole }
  })
const float = fc
  .oneof(
    fc.double(),
    fc.integer().map(Number),
    fc.double({ min: -1e18, max: 1e18 }),
    fc.constantFrom(-0, 1e16),
  )
  .map((value): PythonValue => {
    const msgpack = Buffer.alloc(9, 0xcb)
    msgpack.writeDoubleBE(value, 1)
    return {
      source: `unpack('>d', ${pythonBytes(msgpack.subarray(1))})[0]`,
      msgpack,
      value: { float: value },
    }
  })
const bytes = fc.uint8Array({ maxLength: 6 }).map(
  (value): PythonValue => ({
    source: pythonBytes(value),
    msgpack: head(Buffer.from(value), 0xc4),
    value,
  }),
)
const datetime = fc
  .tuple(fc.integer({ min: 0, max: 4e9 }), fc.constantFrom(0, 6, 120000, 999999))
  .map(([seconds, micros]): PythonValue => {
    const iso = new Date(seconds * 1000).toISOString()
    const wire = `${iso.slice(0, 19).replaceAll('-', '')}.${String(micros).padStart(6, '0')}`
    const parts = iso.slice(0, 19).split(/[-T:]/).map(Number)
    return {
      source: `datetime(${[...parts, micros].join()})`,
      msgpack: Buffer.concat([Buffer.of(0xc7, wire.length, 78), Buffer.from(wire)]),
      value: { wire },
    }
  })
const scalar = fc.oneof(text, nil, boolean, integer, float, bytes, datetime)

export const values: fc.Arbitrary<PythonValue> = fc.oneof(treeOf(text), treeOf(bytes))
/** Values with keys of every kind that JSON accepts. */
export const oddValues: fc.Arbitrary<PythonValue> = treeOf(fc.oneof(text, integer, nil, boolean, float))
/** Values with keys that Python can sort. */
export const sortableValues: fc.Arbitrary<PythonValue> = fc.oneof(
  treeOf(text),
  treeOf(fc.oneof(integer, boolean)),
)

function treeOf(key: fc.Arbitrary<PythonValue>): fc.Arbitrary<PythonValue> {
  return fc.letrec<{ tree: PythonValue }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.array(tie('tree'), { maxLength: 4 }).map(listOf),
      fc.array(fc.tuple(key, tie('tree')), { maxLength: 5 }).map(mapOf),
    ),
  })).tree
}

function listOf(items: PythonValue[]): PythonValue {
  return {
    source: `[${items.map(({ source }) => source).join()}]`,
    msgpack: Buffer.concat([Buffer.of(0xdc, 0, items.length), ...items.map(({ msgpack }) => msgpack)]),
    value: items.map(({ value }) => value),
  }
}

function mapOf(pairs: [PythonValue, PythonValue][]): PythonValue {
  // To Python, 1, 1.0 and True are the same key.
  const seen = new Set<unknown>()
  const entries = pairs.filter(([{ value }]) => {
    const number = value instanceof Object && 'float' in value ? value.float : value
    const key = typeof number === 'object' || typeof number === 'string' ? number : Number(number)
    return !seen.has(key) && seen.add(key)
  })
  const parts = entries.flatMap(([key, item]) => [key.msgpack, item.msgpack])
  return {
    source: `{${entries.map(([key, item]) => `${key.source}: ${item.source}`).join()}}`,
    msgpack: Buffer.concat([Buffer.of(0xde, 0, entries.length), ...parts]),
    value: new Map(entries.map(([key, item]) => [key.value, item.value])),
  }
}

function head(content: Buffer, lead: number): Buffer {
  return Buffer.concat([Buffer.of(lead, content.length), content])
}

function pythonBytes(content: Uint8Array): string {
  return `bytes.fromhex('${Buffer.from(content).toString('hex')}')`
}

/** Prints JSON like Salt, which converts bytes and datetimes before json.dumps. */
const program = `
import sys, json, base64
from struct import unpack
from datetime import datetime

def clean(value):
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        kept = {}
        for key, item in value.items():
            key = clean(key)
            kept[base64.b64encode(key).decode() if isinstance(key, bytes) else key] = clean(item)
        return kept
    return value

def other(value):
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)

for line in sys.stdin:
    arguments, source = line.split(' ', 1)
    text = json.dumps(clean(eval(source)), default=other, **json.loads(arguments))
    print(base64.b64encode(text.encode('utf-8', 'surrogatepass')).decode())
`

export interface Dump {
  arguments: { ensure_ascii?: boolean; sort_keys?: boolean; indent?: number }
  source: string
}

/** Runs Python once for many values. */
export function dumps(all: readonly Dump[]): string[] {
  const input = all.map((dump) => `${JSON.stringify(dump.arguments)} ${dump.source}\n`).join('')
  const { stdout, stderr } = spawnSync(requireTool('python3'), ['-c', program], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (stderr !== '') throw new Error(stderr)
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => Buffer.from(line, 'base64').toString())
}
