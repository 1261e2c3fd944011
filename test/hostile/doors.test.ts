import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../architecture/sources.js'
import type { Places } from '../fuzz/listeners/fuzzed-hub.js'
import { doorsOf, elsewhere } from './doors.js'

interface Schema {
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
}

const usual = /^(?:listen|unix|udp|tcp|relp|datagrams|rest|sockDir|address)$/
const isListener = (path: readonly string[]) =>
  path[0] === 'listen' ? path.length === 2 && path[1] !== 'tls' : path.length > 1 && usual.test(path.at(-1)!)
/** Those at which others are reached. */
const elsewhereReached = ['cluster.address', 'sources.salt.sockDir', 'sources.salt.tcp']

/** Keys at which the configuration has an address of a listener. */
function listenersIn({ properties = {}, items, anyOf = [] }: Schema, path: string[] = []): string[] {
  const own = Object.entries(properties).flatMap(([key, schema]) => {
    const inner = [...path, key]
    return isListener(inner) ? [inner.join('.')] : listenersIn(schema, inner)
  })
  const inner = items === undefined ? anyOf : [items, ...anyOf]
  return [...own, ...inner.flatMap((schema) => listenersIn(schema, path))]
}

test('each listener that the configuration knows is attacked', () => {
  const schema = JSON.parse(readFileSync(join(root, 'docs/reference/tocsin.schema.json'), 'utf8')) as Schema
  const listeners = new Set(listenersIn(schema).filter((key) => !elsewhereReached.includes(key)))
  const rows = [...Object.keys(doorsOf({} as Places)), ...Object.keys(elsewhere)]
  expect([...listeners].sort()).toEqual(rows.filter((key) => key !== 'bridge').sort())
})
