/** Returns whether the value is one of those listed. */
export function isOneOf<Listed>(all: readonly Listed[], value: unknown): value is Listed {
  return all.some((each) => each === value)
}
