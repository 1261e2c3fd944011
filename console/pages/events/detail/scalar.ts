import { compilePath, find, type Scalar, scalarAt } from '../../../../src/event/msgpack/find.js'

/** The value at the path of a body, found without decoding the rest; undefined if it is missing or not a scalar. */
export function scalarOf({ body }: { readonly body: Uint8Array }, ...path: string[]): Scalar | undefined {
  const at = find(body, 0, body.length, compilePath(path))
  return at < 0 ? undefined : scalarAt(body, at)
}
