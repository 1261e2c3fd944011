/**
 * Connects a stream with the peer that owns it. A peer that is one of 10,000 has no closures: it is reached through a
 * property of the stream, and the listeners are these functions, the same for all.
 */

export interface StreamOwner {
  /** For streams with `onData`. */
  receive?(chunk: Uint8Array): void
  /** For streams with `onDrain`: the system has accepted everything that was written. */
  drained?(): void
  /** For streams with `onClose`. */
  closed?(): void
}

const owner = Symbol('owner')

export function setOwner(stream: object, peer: StreamOwner): void {
  ;(stream as { [owner]?: StreamOwner })[owner] = peer
}

/** The peer must have been set with `setOwner`. */
export function ownerOf<Owner extends StreamOwner>(stream: object): Owner {
  return (stream as { [owner]: Owner })[owner]
}

export function onData(this: object, chunk: Uint8Array): void {
  ownerOf<Required<StreamOwner>>(this).receive(chunk)
}

export function onDrain(this: object): void {
  ownerOf<Required<StreamOwner>>(this).drained()
}

export function onClose(this: object): void {
  ownerOf<Required<StreamOwner>>(this).closed()
}

/** For `error`, which is followed by `close`, and for data that means nothing. */
export function ignore(): void {}
