import type { TocsinError } from '../../errors/tocsin-error.js'
import type { ControlName } from '../../protocols/native/codec.js'
import { Op } from '../../protocols/native/protocol.js'
import type { EdgeConnection } from './edge.js'
import { outOfOrder } from './hello.js'

const OF_EDGES = new Map<number, ControlName>(
  (['gap', 'lag', 'packed', 'reply'] as const).map((name) => [Op[name], name]),
)

/** Throws TCN_PROTOCOL_ORDER for a record that only an edge hub sends, before it is decoded: it may be long. */
export function checkSender(op: number, mayBeEdge: boolean): void {
  const name = OF_EDGES.get(op)
  if (name !== undefined && !mayBeEdge) throw ofNoEdge(name)
}

export function sendingEdge(edge: EdgeConnection | undefined, name: ControlName): EdgeConnection {
  if (edge === undefined) throw ofNoEdge(name)
  return edge
}

function ofNoEdge(name: ControlName): TocsinError {
  return outOfOrder(`${name} from a peer that is no edge hub`)
}
