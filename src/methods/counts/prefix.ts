/** Returns whether two segments of tags are followed by others. A short tag may itself end with a slash. */
export function goesOn(prefix: string): boolean {
  return /\/.*\/$/s.test(prefix)
}

/** Two segments of tags without the slash after them. */
export function withoutSlash(prefix: string): string {
  return goesOn(prefix) ? prefix.slice(0, -1) : prefix
}
