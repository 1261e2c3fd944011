const EDGE_NAME = /^[A-Za-z0-9._-]{1,64}$/

/** Returns whether it can be one segment of a tag. */
export function isEdgeName(name: string): boolean {
  return EDGE_NAME.test(name)
}
