const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Bytes from here on would make some characters more likely than others. */
const FAIR = 256 - (256 % ALPHABET.length)

/** Returns random letters and digits, as tokens and test strings are. */
export function secretText(length: number, random: (bytes: number) => Uint8Array): string {
  let text = ''
  while (text.length < length) {
    for (const byte of random(length)) {
      if (byte < FAIR && text.length < length) text += ALPHABET[byte % ALPHABET.length]
    }
  }
  return text
}
