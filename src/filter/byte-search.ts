/** Returns where the text begins first in a range of bytes, -1 if it does not. */
export type ByteSearch = (bytes: Uint8Array, start: number, end: number) => number

/**
 * The Horspool algorithm, which passes over most bytes. Where a text is made so that it compares more bytes than there
 * are, the Knuth-Morris-Pratt algorithm takes over, which looks at each at most twice.
 */
export function byteSearch(wanted: Uint8Array): ByteSearch {
  const last = wanted.length - 1
  const shift = new Uint16Array(256).fill(wanted.length)
  for (let at = 0; at < last; at++) shift[wanted[at]] = last - at
  const steady = steadySearch(wanted)
  return (bytes, start, end) => {
    let spare = end - start
    for (let at = start + last; at < end; at += shift[bytes[at]]) {
      let same = 0
      while (same <= last && bytes[at - same] === wanted[last - same]) same++
      if (same > last) return at - last
      spare -= same
      if (spare < 0) return steady(bytes, at - last, end)
    }
    return -1
  }
}

function steadySearch(wanted: Uint8Array): ByteSearch {
  const fallback = fallbacks(wanted)
  return (bytes, start, end) => {
    let matched = 0
    for (let at = start; at < end; at++) {
      while (matched > 0 && bytes[at] !== wanted[matched]) matched = fallback[matched - 1]
      if (bytes[at] === wanted[matched]) matched++
      if (matched === wanted.length) return at + 1 - matched
    }
    return -1
  }
}

/** For each length of a partial match, less one: how much of it still matches if the next byte does not. */
function fallbacks(wanted: Uint8Array): Uint16Array {
  const table = new Uint16Array(wanted.length)
  for (let at = 1, matched = 0; at < wanted.length; at++) {
    while (matched > 0 && wanted[at] !== wanted[matched]) matched = table[matched - 1]
    if (wanted[at] === wanted[matched]) matched++
    table[at] = matched
  }
  return table
}
