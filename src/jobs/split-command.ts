/**
 * Splits a command into its words like Qt, without a shell: at white space, except within double quotes. Three quotes
 * stand for one quote. Nothing else has a meaning.
 */
export function splitCommand(command: string): string[] {
  const words: string[] = []
  let word = ''
  let quoted = false
  for (const [piece] of command.matchAll(/"+|\s|[^"\s]+/gu)) {
    if (piece.startsWith('"')) {
      word += '"'.repeat(Math.floor(piece.length / 3))
      if (piece.length % 3 === 1) quoted = !quoted
    } else if (quoted || !/^\s$/u.test(piece)) word += piece
    else if (word !== '') {
      words.push(word)
      word = ''
    }
  }
  if (word !== '') words.push(word)
  return words
}

/** A text as one word of a command. */
export function quotedWord(text: string): string {
  return `"${text.replaceAll('"', '"""')}"`
}
