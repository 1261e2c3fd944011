import { EventEmitter } from 'node:events'
import type { Server, Socket } from 'node:net'
import { type Boundary, currentPart } from './boundary.js'

const OWNER = Symbol('the part that has accepted the connection')

/**
 * Connections that wait to be accepted; the system may lower it to its limit. Node accepts one in a turn of the event
 * loop, so that many wait while turns take long. Those beyond are refused (unix), or try again after a second (TCP).
 */
export const BACKLOG = 4096

type Accepted = Socket & { [OWNER]?: Boundary }
type Listening = Server & { [OWNER]?: Boundary }
type Emitted = Parameters<EventEmitter['emit']>

/**
 * Makes the events of an accepted socket work of the part that runs now: Node creates accepted sockets outside of what
 * listens. A face closes a connection in which something throws; anything else that listens is made anew.
 */
export function adopt(socket: Socket): void {
  const owner = currentPart()
  if (owner !== undefined) own(socket, owner)
}

/**
 * Makes the connections of a server those of the part that runs now, before anything listens to them. One at whose
 * beginning something throws is closed: nobody else has it, and the server would wait for its end.
 */
export function adoptConnections(server: Server): void {
  const owner = currentPart()
  if (owner === undefined) return
  ;(server as Listening)[OWNER] = owner
  server.emit = emitOfServer
}

function own(socket: Accepted, owner: Boundary): void {
  socket[OWNER] = owner
  socket.emit = emitOfPart
}

function emitOfPart(this: Accepted, ...event: Emitted): boolean {
  return emitFor(this[OWNER]!, this, this, event)
}

function emitOfServer(this: Listening, ...event: Emitted): boolean {
  const [name, socket] = event
  // The second is the event of a server of TLS when the peer has shaken hands.
  if (name !== 'connection' && name !== 'secureConnection') return emit(this, event)
  const owner = this[OWNER]!
  own(socket, owner)
  return emitFor(owner, this, socket, event)
}

function emitFor(owner: Boundary, emitter: EventEmitter, socket: Socket, event: Emitted): boolean {
  try {
    return owner.run(emit, emitter, event)
  } catch (thrown) {
    if (owner.kind !== 'face') owner.fail(thrown)
    else {
      owner.note(thrown)
      socket.destroy()
    }
    return true
  }
}

function emit(emitter: EventEmitter, event: Emitted): boolean {
  return EventEmitter.prototype.emit.apply(emitter, event)
}
