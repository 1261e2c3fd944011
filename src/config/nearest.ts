const MAX_LENGTH = 64

const MIN_BEGINNING = 3

/** The word of the list that was probably meant; undefined if none is similar. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (word.length > MAX_LENGTH) return undefined
  const given = plain(word)
  const limit = Math.max(1, Math.floor(word.length / 3))
  const ranked = words
    .map((candidate) => ({ candidate, distance: distance(given, plain(candidate)) }))
    .filter((entry) => entry.distance <= limit)
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.candidate ?? begunBy(given, words)
}

/** Unifies the spellings of a name: `catch-up`, `catch_up`, `CatchUp`. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, '')
}

function begunBy(given: string, words: readonly string[]): string | undefined {
  if (given.length < MIN_BEGINNING) return undefined
  const begun = words.filter((candidate) => plain(candidate).startsWith(given))
  return begun.length === 1 ? begun[0] : undefined
}

/** The number of letters to add, remove, change or swap with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      row[j] = Math.min(above[j] + 1, row[j - 1] + 1, change)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) row[j] = Math.min(row[j], before[j - 2] + 1)
    }
    before = above
    above = row
  }
  return above[b.length]
}
