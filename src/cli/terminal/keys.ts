/** The meaning of a key press; printable characters stand for themselves. */
export type Key = { name: KeyName } | { name: 'text'; text: string }
export type KeyName =
  | 'up'
  | 'down'
  | 'pageUp'
  | 'pageDown'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'backspace'
  | 'clear'
  | 'tab'
  | 'interrupt'

const sequences: readonly (readonly [sequence: string, name: KeyName])[] = [
  ['\x1b[A', 'up'],
  ['\x1bOA', 'up'],
  ['\x1b[B', 'down'],
  ['\x1bOB', 'down'],
  ['\x1b[5~', 'pageUp'],
  ['\x1b[6~', 'pageDown'],
  ['\x1b[H', 'home'],
  ['\x1bOH', 'home'],
  ['\x1b[1~', 'home'],
  ['\x1b[F', 'end'],
  ['\x1bOF', 'end'],
  ['\x1b[4~', 'end'],
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\x7f', 'backspace'],
  ['\b', 'backspace'],
  ['\x15', 'clear'],
  ['\t', 'tab'],
  ['\x03', 'interrupt'],
]

// Other keys send sequences of this form; they are ignored.
const otherSequence = /^\x1b(?:\[[0-9;]*[ -/]*[@-~]|O.)/

/** The keys in one chunk of terminal input. */
export function readKeys(input: string): Key[] {
  const keys: Key[] = []
  let rest = input
  while (rest !== '') {
    const known = sequences.find(([sequence]) => rest.startsWith(sequence))
    if (known) {
      keys.push({ name: known[1] })
      rest = rest.slice(known[0].length)
      continue
    }
    const other = otherSequence.exec(rest)
    if (other) {
      rest = rest.slice(other[0].length)
      continue
    }
    const [character] = rest
    if (character === '\x1b') keys.push({ name: 'escape' })
    else if (character >= ' ') keys.push({ name: 'text', text: character })
    rest = rest.slice(character.length)
  }
  return keys
}
