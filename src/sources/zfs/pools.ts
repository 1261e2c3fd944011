import type { PoolTexts } from '../../protocols/sysadm/codec/pools.js'
import { outputOf } from '../run-program.js'
import { rowsOf, type ZfsTools } from './command.js'

export const UNKNOWN = '-'
const MAX_POOLS = 256

/** The properties of `zpool list`, with the keys of events. */
const columns = [
  ['size', 'size'],
  ['alloc', 'alloc'],
  ['free', 'free'],
  ['frag', 'frag'],
  ['expandsz', 'expandsz'],
  ['dedup', 'dedup'],
  ['cap', 'capacity'],
  ['health', 'health'],
  ['altroot', 'altroot'],
] as const satisfies (readonly [string, keyof PoolTexts])[]

type Columns = readonly (readonly [string, keyof PoolTexts])[]

/** Old releases, such as zfs-fuse, do not know these properties and refuse the whole command. */
const recent = ['frag', 'expandsz']
const oldColumns = columns.filter(([property]) => !recent.includes(property))

/** Returns the pools by name. The columns are named, since their number and order differ between releases. */
export async function listPools(tools: ZfsTools): Promise<Map<string, PoolTexts>> {
  const outcome = await tools.ask('zpool', listOf(columns))
  if (outcome.code === 0) return poolsOf(outcome.output, columns)
  if (!/invalid property/.test(outcome.message)) outputOf(outcome)
  return poolsOf(outputOf(await tools.ask('zpool', listOf(oldColumns))), oldColumns)
}

function listOf(chosen: Columns): string[] {
  return ['list', '-H', '-o', ['name', ...chosen.map(([property]) => property)].join(',')]
}

function poolsOf(output: string, chosen: Columns): Map<string, PoolTexts> {
  const rows = rowsOf(output).filter((row) => row.length === chosen.length + 1)
  return new Map(
    rows.slice(0, MAX_POOLS).map(([name, ...texts]) => {
      const known = Object.fromEntries(chosen.map(([, key], i) => [key, texts[i]]))
      return [name, { frag: UNKNOWN, expandsz: UNKNOWN, ...known } as PoolTexts]
    }),
  )
}
