/** Names bytes of a file that were not read. */
export function missedBytes(path: string, from: number, to: number): string {
  return `bytes ${from} to ${to} were not read of ${path} before it was truncated or replaced`
}

/** The same for a file that was not followed for a time, in which more of them may have been written. */
export function unknownBytes(path: string, from: number, to: number, isReplaced: boolean): string {
  const known =
    to > from ? `bytes ${from} to ${to}, and any later ones,` : `any bytes after the first ${from}`
  const change = isReplaced ? 'truncated or replaced' : 'rotated away'
  return `${known} were not read of ${path}, which was ${change} while it was not followed`
}
