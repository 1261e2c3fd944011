import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { type Boundary, currentPart } from './boundary.js'

const OWNER = Symbol('the part that has accepted the connection')

type Accepted = Socket & { [OWNER]?: Boundary }

/**
 * Makes the events of an accepted socket work of the part that runs now: Node creates accepted sockets outside of what
 * listens. A face closes a connection in which something throws; anything else that listens is made anew.
 */
export function adopt(socket: Socket): void {
  const owner = currentPart()
  if (owner === undefined) return
  ;(socket as Accepted)[OWNER] = owner
  socket.emit = emitOfPart
}

function emitOfPart(this: Accepted, ...event: Parameters<EventEmitter['emit']>): boolean {
  const owner = this[OWNER]!
  try {
    return owner.run(emit, this, event)
  } catch (thrown) {
    if (owner.kind !== 'face') owner.fail(thrown)
    else {
      owner.note(thrown)
      this.destroy()
    }
    return true
  }
}

function emit(socket: Socket, event: Parameters<EventEmitter['emit']>): boolean {
  return EventEmitter.prototype.emit.apply(socket, event)
}
