import { type Outcome, outputOf } from '../run-program.js'
import { rowsOf, type ZfsTools } from './command.js'

export interface Snapshot {
  pool: string
  dataset: string
  /** The part after `@`. */
  name: string
  /** Number of the transaction that brought it into its pool: rises, also for snapshots that were received. */
  transaction: number
  /** When it was taken, ms since the epoch; for a received one, on the host that it comes from. */
  created: number
}

export interface SnapshotList {
  snapshots: Snapshot[]
  /** Precision of the times, ms. */
  precision: number
}

const LIST = ['list', '-H', '-t', 'snapshot', '-o', 'name,createtxg,creation']
const SECOND_MS = 1_000
const MINUTE_MS = 60_000

export async function listSnapshots(tools: ZfsTools): Promise<SnapshotList> {
  const exact = await tools.ask('zfs', [LIST[0], '-p', ...LIST.slice(1)])
  if (!lacksOption(exact)) {
    return { snapshots: parse(outputOf(exact), (text) => Number(text) * SECOND_MS), precision: SECOND_MS }
  }
  const dated = outputOf(await tools.ask('zfs', LIST))
  return { snapshots: parse(dated, (text) => Date.parse(text)), precision: MINUTE_MS }
}

/** zfs-fuse has no `-p` and prints `Sat Nov 21 16:05 2026`. */
function lacksOption({ code, message }: Outcome): boolean {
  return code !== 0 && /invalid option/.test(message)
}

function parse(output: string, time: (text: string) => number): Snapshot[] {
  return rowsOf(output).flatMap(([path, transaction, creation = '']) => {
    const [dataset, name] = path.split('@')
    const pool = dataset.split('/', 1)[0]
    const snapshot = { pool, dataset, name, transaction: Number(transaction), created: time(creation) }
    const understood = name && Number.isSafeInteger(snapshot.transaction) && Number.isFinite(snapshot.created)
    return understood ? [snapshot] : []
  })
}

/** Returns the identities of the pools by name: a pool that is created again under its name has another one. */
export async function listPoolIds(tools: ZfsTools): Promise<Map<string, string>> {
  const rows = rowsOf(outputOf(await tools.ask('zpool', ['list', '-H', '-o', 'name,guid'])))
  return new Map(rows.map(([name, guid]) => [name, guid]))
}
