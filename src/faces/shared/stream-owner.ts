/**
 * Connects a stream with the peer that owns it. Since there may be 10,000 peers, none has closures: a peer is found
 * through a property of its stream, and all streams share the listener functions below.
 */

export interface StreamOwner {
  /** Called on data, for streams with `onData`. */
  receive?(chunk: Uint8Array): void
  /** Called when the system has accepted all output, for streams with `onDrain`. */
  drained?(): void
  /** Called on close, for streams with `onClose`. */
  closed?(): void
  /** Says goodbye to the peer of a stream, which has no other part that knows it. */
  leave?(reason: string): void
}

const owner = Symbol('owner')

export function setOwner(stream: object, peer: StreamOwner): void {
  ;(stream as { [owner]?: StreamOwner })[owner] = peer
}

/** Returns the owner of a stream, which must have been set with `setOwner`. */
export function ownerOf<Owner extends StreamOwner | undefined>(stream: object): Owner {
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

/** A listener for `error`, which is followed by `close`, and for data without meaning. */
export function ignore(): void {}
