import pc from 'picocolors'

export type Colors = ReturnType<typeof pc.createColors>
export type Paint = (text: string) => string

/** Colours are used on a terminal only, and not with NO_COLOR or TERM=dumb. */
export function colorsFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Colors {
  return pc.createColors(stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb')
}

export const noColors: Colors = pc.createColors(false)

/** Colours that are readable on dark and light backgrounds; red is reserved for problems. */
const palette = [
  'cyan',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyanBright',
  'greenBright',
  'blueBright',
  'magentaBright',
] as const

/** Tags with the same first two segments have the same colour in every run. */
export function tagPaint(colors: Colors, tag: string): Paint {
  const second = tag.indexOf('/', tag.indexOf('/') + 1)
  const prefix = second < 0 ? tag : tag.slice(0, second)
  let hash = 0
  for (let at = 0; at < prefix.length; at++) hash = (Math.imul(hash, 31) + prefix.charCodeAt(at)) >>> 0
  return colors[palette[hash % palette.length]]
}
