import { frameBytes } from '../../../event/frame.js'

/** The frames that are kept, as ranges of the same memory. `keeps` is asked for each, in order. */
export function runsOf(frames: Uint8Array, keeps: (at: number) => boolean): Uint8Array[] {
  const runs: Uint8Array[] = []
  let start = 0
  for (let at = 0; at < frames.length; ) {
    const end = at + frameBytes(frames, at)
    if (!keeps(at)) {
      if (at > start) runs.push(frames.subarray(start, at))
      start = end
    }
    at = end
  }
  if (start < frames.length) runs.push(start === 0 ? frames : frames.subarray(start))
  return runs
}
