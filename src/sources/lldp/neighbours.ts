import { z } from 'zod'
import { type LldpNeighbour, lldpNeighbour } from '../../types/host/lldp.js'

/** Neighbours that are known at once, and their bytes: all of them have to fit into the position. */
const MAX_NEIGHBOURS = 500
const MAX_BYTES = 448 * 1024
/** Seconds, as devices usually promise. */
const USUAL_TTL = 120
const MAX_TTL = 65_535
const MAX_TEXT = 256
const MAX_LIST = 16

const texts = z.array(z.object({ value: z.string() })).default([])
const ids = z.array(z.object({ type: z.string().default(''), value: z.string() })).default([])

/** The form `json0` of lldpcli, in which everything that may repeat is a list. */
const neighbour = z.object({
  name: z.string(),
  via: z.string().default('LLDP'),
  chassis: z
    .array(
      z.object({
        id: ids,
        name: texts,
        descr: texts,
        'mgmt-ip': texts,
        capability: z.array(z.object({ type: z.string(), enabled: z.boolean().default(false) })).default([]),
      }),
    )
    .default([]),
  port: z.array(z.object({ id: ids, descr: texts, ttl: texts })).default([]),
  vlan: z.array(z.object({ 'vlan-id': z.string(), value: z.string().default('') })).default([]),
})
const shown = z.object({ lldp: z.array(z.object({ interface: z.array(neighbour).default([]) })) })

/** A neighbour, and for how many seconds it promises to be there after each of its messages. */
export const heardNeighbour = () => lldpNeighbour().extend({ ttl: z.number().catch(USUAL_TTL) })
export type HeardNeighbour = z.infer<ReturnType<typeof heardNeighbour>>

/** Reads what `lldpcli -f json0 show neighbors details` prints. Throws an Error for anything else. */
export function readNeighbours(value: unknown): HeardNeighbour[] {
  const { data, error } = shown.safeParse(value)
  if (data === undefined) throw new Error(`lldpcli says something else: ${error.issues[0]?.message}`)
  return data.lldp.flatMap(({ interface: neighbours }) => neighbours.map(neighbourOf))
}

function neighbourOf(given: z.output<typeof neighbour>): HeardNeighbour {
  const { name, via, chassis, port, vlan } = given
  const [about] = chassis
  const [at] = port
  const capabilities = about?.capability.filter(({ enabled }) => enabled).map(({ type }) => cut(type)) ?? []
  const addresses = about?.['mgmt-ip'].map(({ value }) => cut(value)) ?? []
  return {
    interface: cut(name),
    via: cut(via),
    chassis: cut(about?.id[0]?.value ?? ''),
    ...text('name', about?.name),
    ...text('description', about?.descr),
    ...listField('addresses', addresses),
    ...listField('capabilities', capabilities),
    port: cut(at?.id[0]?.value ?? ''),
    ...text('portDescription', at?.descr),
    ...listField(
      'vlans',
      vlan.map(({ 'vlan-id': id, value }) => cut(`${id} ${value}`.trim())),
    ),
    ttl: Math.min(Number.parseInt(at?.ttl[0]?.value ?? '', 10) || USUAL_TTL, MAX_TTL),
  }
}

function text<Key extends string>(key: Key, values: z.output<typeof texts> = []) {
  const value = values[0]?.value ?? ''
  return value === '' ? {} : { [key]: cut(value) }
}

function listField<Key extends string>(key: Key, values: readonly string[]) {
  return values.length === 0 ? {} : { [key]: values.slice(0, MAX_LIST) }
}

function cut(value: string): string {
  return value.slice(0, MAX_TEXT)
}

/** The same for the same neighbour at the same interface. */
export function keyOf({ interface: name, chassis, port }: LldpNeighbour): string {
  return JSON.stringify([name, chassis, port])
}

/** The first of them, as many as can be followed. */
export function followed(neighbours: readonly HeardNeighbour[]): HeardNeighbour[] {
  let bytes = 0
  const first = neighbours.slice(0, MAX_NEIGHBOURS)
  const end = first.findIndex((each) => {
    bytes += Buffer.byteLength(JSON.stringify(each)) + 1
    return bytes > MAX_BYTES
  })
  return end < 0 ? first : first.slice(0, end)
}

export type NeighbourChange = HeardNeighbour & { change: 'added' | 'updated' | 'deleted' }

/** The changes from one list to the next. Those that are gone come first: one may have taken the place of another. */
export function changesOf(
  known: ReadonlyMap<string, HeardNeighbour>,
  now: ReadonlyMap<string, HeardNeighbour>,
): NeighbourChange[] {
  const deleted = [...known].filter(([key]) => !now.has(key))
  const added = [...now].filter(([key]) => !known.has(key))
  const updated = [...now].filter(([key, each]) => {
    const before = known.get(key)
    return before !== undefined && said(before) !== said(each)
  })
  return [
    ...deleted.map(([, each]) => ({ ...each, change: 'deleted' as const })),
    ...added.map(([, each]) => ({ ...each, change: 'added' as const })),
    ...updated.map(([, each]) => ({ ...each, change: 'updated' as const })),
  ]
}

function said({ ttl: _, ...about }: HeardNeighbour): string {
  return JSON.stringify(about)
}
