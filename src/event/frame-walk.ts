import type { ErrorCode } from '../errors/catalogue.js'
import { bodyStart, HEADER_BYTES, readU32 } from './frame.js'
import { PartialWalk } from './msgpack/partial-walk.js'

/** The result of a walk of the body of a frame. */
export interface WalkedBody {
  readonly fault: ErrorCode | undefined
  /** Levels of the deepest container. */
  readonly depth: number
  /** Bytes before the body, in the same memory, that nobody uses: the frame may be written around the body. */
  readonly room?: number
}

/** A frame in memory of its own. */
export interface NewFrame {
  bytes: Uint8Array
  walked: WalkedBody | undefined
}

/** Checks the body of a long frame while it arrives, since to check all of it at once would take long. */
export class FrameWalk {
  #walk: PartialWalk | undefined

  /** Walks what has arrived of the frame: its first `held` bytes. */
  advance(frame: Uint8Array, held: number): void {
    if (held < HEADER_BYTES) return
    this.#walk ??= new PartialWalk(bodyStart(frame, 0), readU32(frame, 0) + 4)
    this.#walk.advance(frame, held)
  }

  /** Walks the rest of the frame, all of which has arrived. */
  finish(frame: Uint8Array, end: number): WalkedBody {
    this.advance(frame, end)
    return { fault: this.#walk?.fault, depth: this.#walk?.deepest ?? 0 }
  }
}
