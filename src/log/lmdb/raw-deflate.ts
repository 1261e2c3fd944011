import { constants, createDeflateRaw, createInflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib'

/** With a higher level, a chunk takes more time and becomes hardly smaller. */
const LEVEL = { level: 5, memLevel: constants.Z_MAX_MEMLEVEL }
/** The least that zlib takes as the size of its output, which is not used. */
const NO_OUTPUT = { chunkSize: constants.Z_MIN_CHUNK }

/**
 * The inner parts of a stream of zlib. Its public functions return new memory each time: for a reader of the past that is
 * twice the processor time, and a hundred megabytes until it is collected.
 */
interface Inner {
  reset(): void
  readonly _handle: {
    onerror: (message: string) => void
    writeSync(
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputBytes: number,
      output: Uint8Array,
      outputAt: number,
      outputBytes: number,
    ): void
  }
  /** The rest of the output and of the input after a call, bytes. */
  readonly _writeState: Uint32Array
}

/** Returns how many bytes of the output are used: all of them also if more would not fit. */
type Run = (input: Uint8Array, output: Uint8Array) => number

export interface RawDeflate {
  readonly deflate: Run
  /** Throws if the input is damaged or cut. */
  readonly inflate: Run
}

/** The versions of Node of which the inner parts of a stream are known. With others, each call takes new memory. */
const KNOWN = { first: 20, last: 24 }

/** Raw deflate into memory of the caller, with the means of this version of Node. */
export function rawDeflate(major = Number(process.versions.node.split('.')[0])): RawDeflate {
  const streams = [createDeflateRaw({ ...LEVEL, ...NO_OUTPUT }), createInflateRaw(NO_OUTPUT)]
  const [deflater, inflater]: unknown[] = streams
  if (major >= KNOWN.first && major <= KNOWN.last && isInner(deflater) && isInner(inflater))
    return { deflate: runOf(deflater), inflate: runOf(inflater) }
  for (const stream of streams) stream.close()
  return {
    deflate: (input, output) => copied(deflateRawSync(input, LEVEL), output),
    inflate: (input, output) => copied(inflateRawSync(input, { maxOutputLength: output.length }), output),
  }
}

function isInner(stream: unknown): stream is Inner {
  return typeof stream === 'object' && stream !== null && '_handle' in stream && '_writeState' in stream
}

function runOf(inner: Inner): Run {
  let fault: string | undefined
  inner._handle.onerror = (message) => {
    fault = message
  }
  return (input, output) => {
    fault = undefined
    inner.reset()
    inner._handle.writeSync(constants.Z_FINISH, input, 0, input.length, output, 0, output.length)
    if (fault !== undefined) throw new RangeError(fault)
    return output.length - inner._writeState[0]
  }
}

function copied(bytes: Uint8Array, output: Uint8Array): number {
  if (bytes.length > output.length) return output.length
  output.set(bytes)
  return bytes.length
}
