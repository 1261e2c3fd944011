import type { Cancel } from '../event/runtime.js'
import { Pause } from '../faces/shared/peer-connection.js'
import type { TextSocket } from '../faces/web/websocket/text-socket.js'
import type { BridgeContext } from './context.js'
import type { CloseReason } from './counts.js'

/** Less than this may be sent without a sign that it has been, bytes: the largest high-water mark of a stream. */
const UNNOTICED = 64 * 1024

/**
 * The connection of a peer as a place where messages go, and where they come from. While too much waits for a slow
 * reader, nothing is read from those that send to it; all others continue.
 */
export class Outlet {
  readonly #context: BridgeContext
  readonly #socket: TextSocket
  readonly #close: (reason: CloseReason) => void
  /** Those that wait until this one has taken what waits for it. */
  readonly #heldUp = new Set<Outlet>()
  /** Those for which this one waits. */
  readonly #waitsFor = new Set<Outlet>()
  /** The number of waiting bytes when it was last counted. */
  #counted = 0
  #cancelStall: Cancel | undefined
  #isClosed = false

  constructor(context: BridgeContext, socket: TextSocket, close: (reason: CloseReason) => void) {
    this.#context = context
    this.#socket = socket
    this.#close = close
    context.waiting.joined()
  }

  /** Takes a whole frame that another peer has sent. */
  take(frame: Uint8Array, from: Outlet): void {
    const { waiting, counts } = this.#context
    if (this.#isClosed) return
    this.#socket.write(frame)
    const { pending } = this.#socket
    this.#count(pending > UNNOTICED ? pending : 0)
    if (pending <= waiting.share) return
    if (waiting.isOver) {
      this.#close('memory')
      return
    }
    if (this.#heldUp.has(from)) return
    counts.heldUp++
    this.#heldUp.add(from)
    from.#waitFor(this)
    if (this.#cancelStall === undefined) this.#watch(pending)
  }

  /** Called when the peer has taken everything. */
  drained(): void {
    if (this.#counted > 0) this.#count(0)
    this.#release()
  }

  closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#context.waiting.left()
    this.drained()
    for (const slow of this.#waitsFor) slow.#heldUp.delete(this)
    this.#waitsFor.clear()
  }

  #count(pending: number): void {
    this.#context.waiting.changed(pending - this.#counted)
    this.#counted = pending
  }

  #waitFor(slow: Outlet): void {
    this.#waitsFor.add(slow)
    this.#socket.pause(Pause.relay)
  }

  #release(): void {
    this.#cancelStall?.()
    this.#cancelStall = undefined
    for (const sender of this.#heldUp) {
      sender.#waitsFor.delete(this)
      if (sender.#waitsFor.size === 0 && !sender.#isClosed) sender.#socket.resume(Pause.relay)
    }
    this.#heldUp.clear()
  }

  /** Closes a peer that takes nothing, so that it does not hold the others up any longer. */
  #watch(before: number): void {
    const { runtime, limits } = this.#context
    this.#cancelStall = runtime.after(limits.stall, () => {
      const { pending } = this.#socket
      if (pending >= before) this.#close('stalled')
      else this.#watch(pending)
    })
  }
}
