import pc from 'picocolors'

export type Colors = ReturnType<typeof pc.createColors>
export type Paint = (text: string) => string

export const colorModes = ['auto', 'always', 'never'] as const
export type ColorMode = (typeof colorModes)[number]

/** `auto` is on a terminal only, and not with TERM=dumb; NO_COLOR turns colours off, FORCE_COLOR on, in this order. */
export function colorsFor(
  stream: { isTTY?: boolean },
  env: NodeJS.ProcessEnv,
  mode: ColorMode = 'auto',
): Colors {
  if (mode !== 'auto') return pc.createColors(mode === 'always')
  if (env.NO_COLOR) return noColors
  const isForced = env.FORCE_COLOR !== undefined && !/^(?:|0|false)$/.test(env.FORCE_COLOR)
  return pc.createColors(isForced || (stream.isTTY === true && env.TERM !== 'dumb'))
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
