import type { Boundary } from '../parts/boundary.js'
import type { SourceSink } from './source.js'

/** The bus is not concerned by what a source throws when it is given events. */
export function guardedSink(boundary: Boundary, sink: SourceSink): SourceSink {
  const { live } = sink
  return {
    write: boundary.guard((pieces) => sink.write(pieces)),
    get pending() {
      return sink.pending
    },
    keepsNothing: sink.keepsNothing,
    position: boundary.guard((seq) => sink.position(seq)),
    live: live && boundary.guard((seq) => sink.live?.(seq)),
    gap: boundary.guard((...gap) => sink.gap(...gap)),
    end: boundary.guard((error) => sink.end(error)),
  }
}
