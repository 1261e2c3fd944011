import { openReplicas, type ReplicaTarget } from '../../storage/nats/replica-reader.js'
import { Differences } from './differences.js'
import { ServerCopy, type StoredPlace } from './server-copy.js'

export interface ComparedRange {
  from: number
  to: number
}

export interface CompareOptions extends ComparedRange {
  servers: readonly string[]
  /** Messages that are read at once. */
  count: number
  signal: AbortSignal
  /** Places that may differ; by default all. */
  mayDiffer?(seq: number): boolean
  /** Called with the number of places that were compared last. Resolves when there is time for more. */
  progress(places: number): Promise<void>
}

export interface Comparison {
  /** Places that have a message at one server at least. */
  messages: number
  differences: Differences
  /** Why servers could not be read. They are left out of the rest. */
  faults: Map<string, string>
}

/** Reads a range of a stream at all servers, and compares what they have, some messages at a time. */
export async function compareCopies(target: ReplicaTarget, options: CompareOptions): Promise<Comparison> {
  const { servers, from, signal, progress } = options
  const readers = await openReplicas(target, servers, from)
  const copies = servers.map((server) => new ServerCopy(target, server, options, readers.get(server)))
  const found: Comparison = { messages: 0, differences: new Differences(), faults: new Map() }
  try {
    for (let left = copies; left.length > 1; ) {
      signal.throwIfAborted()
      await Promise.all(left.filter(isShort).map((copy) => copy.read(options.count)))
      left = left.filter((copy) => isSound(copy, found))
      const upTo = Math.min(...left.map(({ position }) => position))
      const places = compareUpTo(upTo, left, found.differences, options)
      found.messages += places
      await progress(places)
      if (upTo >= options.to) break
    }
    return found
  } finally {
    for (const copy of copies) copy.close()
  }
}

function isShort({ waiting, isEnded }: ServerCopy): boolean {
  return waiting.length === 0 && !isEnded
}

function isSound({ server, fault }: ServerCopy, { faults }: Comparison): boolean {
  if (fault !== undefined) faults.set(server, fault)
  return fault === undefined
}

/** Returns the number of places that were compared. */
function compareUpTo(
  upTo: number,
  copies: readonly ServerCopy[],
  differences: Differences,
  { mayDiffer = () => true }: CompareOptions,
): number {
  const queues = copies.map(({ server, waiting }) => ({ server, waiting, at: 0 }))
  let places = 0
  for (;;) {
    const seq = Math.min(...queues.map(({ waiting, at }) => waiting[at]?.seq ?? Number.POSITIVE_INFINITY))
    if (seq > upTo || seq === Number.POSITIVE_INFINITY) break
    const found = queues.map((queue) => ({ server: queue.server, place: takeAt(queue, seq) }))
    if (mayDiffer(seq)) differences.add(seq, found)
    places++
  }
  for (const { waiting, at } of queues) waiting.splice(0, at)
  return places
}

function takeAt(queue: { waiting: StoredPlace[]; at: number }, seq: number): StoredPlace | undefined {
  const place = queue.waiting[queue.at]
  if (place?.seq !== seq) return undefined
  queue.at++
  return place
}
