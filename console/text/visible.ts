/** Characters that are not seen, or that change the order of those around them. */
const HIDDEN =
  '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}\\u00a0\\u115f\\u1160\\u3164\\uffa0]|\\p{Variation_Selector}'
/** Scripts whose letters are written otherwise beside a joiner: Persian, Hindi and others. */
const JOINING = [
  'Arab',
  'Syrc',
  'Mong',
  'Deva',
  'Beng',
  'Guru',
  'Gujr',
  'Orya',
  'Taml',
  'Telu',
  'Knda',
  'Mlym',
  'Sinh',
]
const LETTER = `[${JOINING.map((script) => `\\p{Script=${script}}`).join('')}]`
const EMOJI = '\\p{Extended_Pictographic}'
/** Parts of an emoji, or of a word of these scripts. They hide nothing there. */
const SHOWN = [
  `[\\ufe0e\\ufe0f](?<=${EMOJI}.)`,
  '\\ufe0f(?<=[0-9#*].)(?=\\u20e3)',
  `\\u200d(?<=${EMOJI}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]?.)(?=${EMOJI})`,
  `[\\u200c\\u200d](?<=${LETTER}.)(?=${LETTER})`,
]
const PARTS = new RegExp(`(${SHOWN.join('|')})|${HIDDEN}`, 'gu')

/** Text from events, in which nothing is hidden: `\u{202e}`. */
export function visible(text: string): string {
  return text.replace(PARTS, (character, shown?: string) => {
    if (shown !== undefined) return shown
    if (character === '\n') return '\\n'
    if (character === '\t') return '\\t'
    return `\\u{${character.codePointAt(0)!.toString(16)}}`
  })
}

/** The same, with its lines and tabs. */
export function visibleLines(text: string): string {
  return text
    .split(/([\n\t])/)
    .map((part, index) => (index % 2 === 0 ? visible(part) : part))
    .join('')
}

/** Letters that are written from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/
const [ISOLATE, END_OF_ISOLATE] = ['\u2068', '\u2069']

/** A tag whose segments are seen in their order, in whatever direction each is written. */
export function visibleTag(tag: string): string {
  const shown = visible(tag)
  if (!RIGHT_TO_LEFT.test(shown)) return shown
  return shown
    .split('/')
    .map((segment) => `${ISOLATE}${segment}${END_OF_ISOLATE}`)
    .join('/')
}

/** Segments after these name a host. */
const BEFORE_HOSTS = ['host', 'minion', 'ret']

/**
 * A tag of at most about `room` characters: its longest segments in the middle become `…`, but none that names a host,
 * as these names do too.
 */
export function foldTag(tag: string, room: number, hosts: readonly unknown[] = []): string {
  if (tag.length <= room) return tag
  const parts = tag.split('/')
  const isHost = (index: number) => BEFORE_HOSTS.includes(parts[index - 1]) || hosts.includes(parts[index])
  const middle = [...parts.keys()]
    .slice(1, -1)
    .filter((index) => !isHost(index))
    .sort((a, b) => parts[b].length - parts[a].length)
  let { length } = tag
  for (const index of middle) {
    if (length <= room) break
    length -= parts[index].length - 1
    parts[index] = '…'
  }
  return parts.join('/').replace(/…(\/…)+/g, '…')
}
